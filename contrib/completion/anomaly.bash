# SPDX-License-Identifier: MIT
# Completes the options of anomaly-dashboard and anomaly-replay. Which there are,
# and what they take, is read from --help, so that nothing is said twice.
_anomaly() {
    local program=$1 word=$2 before=$3 takes help
    COMPREPLY=()
    help=$("$program" --help 2>/dev/null) || return

    # --option=value comes as three words
    [[ $word == = ]] && word=
    [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD - 2]}

    takes=
    [[ $before == --* ]] &&
        takes=$(sed -n "s/^.* *$before  *\([A-Za-z][^ ,]*\).*/\1/p" <<<"$help" | head -n 1)
    case $takes in
    FILE* | FEATURE=FILE) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    DIR*) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    [a-z]*\|*) mapfile -t COMPREPLY < <(compgen -W "${takes//|/ }" -- "$word") ;;
    [A-Z]*) ;; # a number, a name: nobody knows
    *)
        if [[ $word == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$(grep -o -e '--[a-z][a-z-]*' <<<"$help" | sort -u)" -- "$word")
        else
            compopt -o filenames && mapfile -t COMPREPLY < <(compgen -f -- "$word")
        fi
        ;;
    esac
}
complete -F _anomaly anomaly-dashboard anomaly-replay
