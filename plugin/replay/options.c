/* SPDX-License-Identifier: MIT */
/*
 * options.c -- the command line
 *
 * The detector's options go by their names in collectd.conf, in lower case and
 * with hyphens, and have the same defaults.
 */
#include "config.h"

#include "plugin/replay/options.h"

#include "plugin/replay/complain.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  KEY_IGNORE = 256, /* beyond any character: there are no short options */
  KEY_COLLECTD_CSV,
  KEY_COLLECTD_RRD,
  KEY_HOST,
  KEY_TYPES_DB,
  KEY_CONFIG,
  KEY_SAVE,
  KEY_LABEL,
  KEY_INTERVAL,
  KEY_FORMAT,
  KEY_PLOT,
  KEY_FALSE_ALARMS,
  KEY_WARM_UP,
  KEY_WINDOW,
  KEY_TREES,
  KEY_SAMPLE_SIZE,
  KEY_HITS,
  KEY_CLEAR,
  KEY_SEED,
  KEY_NOISE,
  KEY_UNIT,
  KEY_HELP,
  KEY_VERSION,
};

static const struct option table[] = {
    {"collectd-csv", required_argument, NULL, KEY_COLLECTD_CSV},
    {"collectd-rrd", required_argument, NULL, KEY_COLLECTD_RRD},
    {"host", required_argument, NULL, KEY_HOST},
    {"types-db", required_argument, NULL, KEY_TYPES_DB},
    {"config", required_argument, NULL, KEY_CONFIG},
    {"save", required_argument, NULL, KEY_SAVE},
    {"ignore", required_argument, NULL, KEY_IGNORE},
    {"label", required_argument, NULL, KEY_LABEL},
    {"interval", required_argument, NULL, KEY_INTERVAL},
    {"format", required_argument, NULL, KEY_FORMAT},
    {"plot", required_argument, NULL, KEY_PLOT},
    {"false-alarms", required_argument, NULL, KEY_FALSE_ALARMS},
    {"warm-up", required_argument, NULL, KEY_WARM_UP},
    {"window", required_argument, NULL, KEY_WINDOW},
    {"trees", required_argument, NULL, KEY_TREES},
    {"sample-size", required_argument, NULL, KEY_SAMPLE_SIZE},
    {"hits", required_argument, NULL, KEY_HITS},
    {"clear", required_argument, NULL, KEY_CLEAR},
    {"seed", required_argument, NULL, KEY_SEED},
    {"noise", required_argument, NULL, KEY_NOISE},
    {"unit", required_argument, NULL, KEY_UNIT},
    {"help", no_argument, NULL, KEY_HELP},
    {"version", no_argument, NULL, KEY_VERSION},
    {NULL, 0, NULL, 0},
};

static const char help_before[] =
    "usage: anomaly-replay [options] FILE.csv|-\n"
    "       anomaly-replay [options] --collectd-csv DIR | --collectd-rrd DIR\n"
    "\n"
    "Replays a table of metrics (ts,<feature>..., gzip'd or plain) through "
    "the\n"
    "detector of collectd's plugin anomaly: what would have been flagged?\n"
    "Prints ts,score,threshold,flag,fields,note for each row.\n"
    "\n"
    "The file:\n"
    "  --ignore COLUMN      is not a feature (repeatable)\n"
    "  --label COLUMN       not a feature, above 0 in incidents: measure by "
    "it\n"
    "  --interval S         seconds a row (median step of the first rows)\n"
    "What collectd has written, through the plugin's selectors:\n"
    "  --collectd-csv DIR   by its csv plugin\n"
    "  --collectd-rrd DIR   by its rrdtool plugin\n"
    "  --host NAME          of this host alone\n"
    "  --config FILE        collectd.conf with the detectors (built in: "
    "system)\n"
    "  --types-db FILE      collectd's types, for csv (repeatable)\n"
    "  --save FILE          models to the plugin's database: it starts "
    "trained\n"
    "The output:\n"
    "  --format csv|json    JSON: one object a line (csv)\n"
    "  --plot FILE.svg|.png draw features, scores and flags by gnuplot\n";

static const char help_after[] =
    "  --noise FEATURE=N    a change smaller than N is no anomaly "
    "(repeatable)\n"
    "  --unit FEATURE=U     shown behind its values (repeatable)\n"
    "\n"
    "  --help, --version\n"
    "\n"
    "Exit status 0, or 2 with one line that says file, line and remedy.\n"
    "Examples and definitions: man anomaly-replay\n";

static void print_help(void) {
  const detector_t d = DETECTOR_INIT;
  fputs(help_before, stdout);
  printf("The detector, as in collectd.conf:\n"
         "  --false-alarms N     budget: false runs a day (%g)\n"
         "  --warm-up S          seconds before the first flag (%g)\n"
         "  --window S           seconds of history learned from (%g)\n"
         "  --trees N            (%u)\n"
         "  --sample-size N      rows a tree (%u)\n"
         "  --hits N             flagged rows before a run opens (%u)\n"
         "  --clear N            unflagged rows before it closes (%u)\n"
         "  --seed N             of every random choice (%" PRIu64 ")\n",
         d.false_alarms, d.warm_up, d.window, d.trees, d.sample_size, d.hits,
         d.clear, d.seed);
  fputs(help_after, stdout);
}

static int parse_number(const char *option, const char *text, double *number) {
  char *end = NULL;
  *number = strtod(text, &end);
  if (end != text && *end == '\0' && isfinite(*number))
    return 0;
  complain("--%s %s: this is no number: give one such as 0.5 or 900", option,
           text);
  return -1;
}

static int parse_whole(const char *option, const char *text, uint64_t max,
                       uint64_t *number) {
  char *end = NULL;
  errno = 0;
  *number = strtoull(text, &end, 10);
  /* the first character: strtoull() takes signs and blanks */
  if (*text >= '0' && *text <= '9' && *end == '\0' && errno == 0 &&
      *number <= max)
    return 0;
  complain("--%s %s: give a whole number from 0 to %" PRIu64, option, text,
           max);
  return -1;
}

static int parse_unsigned(const char *option, const char *text,
                          unsigned *number) {
  uint64_t whole = 0;
  if (parse_whole(option, text, UINT_MAX, &whole) < 0)
    return -1;
  *number = (unsigned)whole;
  return 0;
}

static int parse_interval(options_t *options, const char *text) {
  double seconds = 0;
  if (parse_number("interval", text, &seconds) < 0)
    return -1;
  if (!(seconds >= 0.001 && seconds <= 1e9)) {
    complain("--interval %s: give seconds from 0.001 to 1e9", text);
    return -1;
  }
  options->interval = llrint(seconds * 1000);
  return 0;
}

static int parse_format(options_t *options, const char *text) {
  if (strcmp(text, "csv") == 0)
    options->format = OUTPUT_CSV;
  else if (strcmp(text, "json") == 0)
    options->format = OUTPUT_JSON;
  else {
    complain("--format %s: give csv or json", text);
    return -1;
  }
  return 0;
}

/* FEATURE=VALUE; a feature's name may hold a '=', numbers and units do not. */
static int parse_feature(options_t *options, const char *option, char *text) {
  char *equals = strrchr(text, '=');
  if (equals == NULL || equals == text) {
    complain("--%s %s: give FEATURE=VALUE", option, text);
    return -1;
  }
  *equals = '\0';

  option_feature_t *feature = &options->features[options->features_num++];
  feature->feature = text;
  if (strcmp(option, "unit") == 0) {
    feature->unit = equals + 1;
    return 0;
  }
  return parse_number(option, equals + 1, &feature->noise);
}

static int parse_tree(options_t *options, tree_format_t format,
                      const char *dir) {
  if (options->tree != NULL) {
    complain("give one --collectd-csv DIR or --collectd-rrd DIR");
    return -1;
  }
#ifndef HAVE_LIBRRD
  if (format == TREE_RRD) {
    complain("--collectd-rrd %s: this anomaly-replay was built without librrd: "
             "install librrd-dev, configure --with-librrd, and build again",
             dir);
    return -1;
  }
#endif
  options->tree = dir;
  options->tree_format = format;
  return 0;
}

/* Options that mean nothing together. */
static int check(const options_t *options) {
  const struct {
    bool given;
    const char *name;
  } of_a_tree[] = {{options->host != NULL, "host"},
                   {options->types_num > 0, "types-db"},
                   {options->config != NULL, "config"},
                   {options->save != NULL, "save"}},
    of_a_file[] = {{options->columns.ignored_num > 0, "ignore"},
                   {options->columns.label != NULL, "label"},
                   {options->plot != NULL, "plot"}};
  for (size_t i = 0; i < sizeof(of_a_tree) / sizeof(of_a_tree[0]); i++)
    if (options->tree == NULL && of_a_tree[i].given) {
      complain("--%s goes with --collectd-csv DIR or --collectd-rrd DIR: leave "
               "it out, or give one of these",
               of_a_tree[i].name);
      return -1;
    }
  for (size_t i = 0; i < sizeof(of_a_file) / sizeof(of_a_file[0]); i++)
    if (options->tree != NULL && of_a_file[i].given) {
      complain("--%s goes with a FILE.csv: leave it out", of_a_file[i].name);
      return -1;
    }
  if (options->config != NULL && options->detector_given) {
    complain("--config %s: tells the detectors' options: change them there, or "
             "leave it out",
             options->config);
    return -1;
  }
  if (options->tree_format == TREE_RRD &&
      (options->interval != 0 || options->types_num > 0)) {
    complain("--%s: an RRD tells that itself: leave it out",
             options->interval != 0 ? "interval" : "types-db");
    return -1;
  }
  return 0;
}

static int parse_option(options_t *options, int key, char *text) {
  detector_t *detector = &options->detector;
  options->detector_given |= key >= KEY_FALSE_ALARMS && key <= KEY_UNIT;
  switch (key) {
  case KEY_COLLECTD_CSV:
    return parse_tree(options, TREE_CSV, text);
  case KEY_COLLECTD_RRD:
    return parse_tree(options, TREE_RRD, text);
  case KEY_HOST:
    options->host = text;
    return 0;
  case KEY_TYPES_DB:
    options->types[options->types_num++] = text;
    return 0;
  case KEY_CONFIG:
    options->config = text;
    return 0;
  case KEY_SAVE:
    options->save = text;
    return 0;
  case KEY_IGNORE:
    options->ignored[options->columns.ignored_num++] = text;
    return 0;
  case KEY_LABEL:
    options->columns.label = text;
    return 0;
  case KEY_INTERVAL:
    return parse_interval(options, text);
  case KEY_FORMAT:
    return parse_format(options, text);
  case KEY_PLOT:
    options->plot = text;
    return 0;
  case KEY_FALSE_ALARMS:
    return parse_number("false-alarms", text, &detector->false_alarms);
  case KEY_WARM_UP:
    return parse_number("warm-up", text, &detector->warm_up);
  case KEY_WINDOW:
    return parse_number("window", text, &detector->window);
  case KEY_TREES:
    return parse_unsigned("trees", text, &detector->trees);
  case KEY_SAMPLE_SIZE:
    return parse_unsigned("sample-size", text, &detector->sample_size);
  case KEY_HITS:
    return parse_unsigned("hits", text, &detector->hits);
  case KEY_CLEAR:
    return parse_unsigned("clear", text, &detector->clear);
  case KEY_SEED:
    return parse_whole("seed", text, UINT64_MAX, &detector->seed);
  case KEY_NOISE:
    return parse_feature(options, "noise", text);
  case KEY_UNIT:
    return parse_feature(options, "unit", text);
  default:
    complain("%s: no such option, or its value is missing: see "
             "anomaly-replay --help",
             text);
    return -1;
  }
}

options_result_t options_parse(options_t *options, int argc, char **argv) {
  *options = (options_t){.detector = DETECTOR_INIT};
  options->detector.name = "replay";

  /* no more of them than there are arguments */
  options->ignored = calloc((size_t)argc, sizeof(*options->ignored));
  options->features = calloc((size_t)argc, sizeof(*options->features));
  options->types = calloc((size_t)argc, sizeof(*options->types));
  if (options->ignored == NULL || options->features == NULL ||
      options->types == NULL) {
    complain("out of memory");
    return OPTIONS_WRONG;
  }
  options->columns.ignored = options->ignored;

  opterr = 0; /* our own line says it */
  for (int key; (key = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
    if (key == KEY_HELP) {
      print_help();
      return OPTIONS_DONE;
    }
    if (key == KEY_VERSION) {
      printf("anomaly-replay %s\n", PACKAGE_VERSION);
      return OPTIONS_DONE;
    }
    char *text = key == '?' || key == ':' ? argv[optind - 1] : optarg;
    if (parse_option(options, key, text) < 0)
      return OPTIONS_WRONG;
  }

  if (argc - optind != (options->tree == NULL)) {
    complain("give one FILE.csv, or - for standard input%s: see "
             "anomaly-replay --help",
             options->tree == NULL ? "" : ", or a directory of collectd's");
    return OPTIONS_WRONG;
  }
  if (options->tree == NULL)
    options->columns.file = argv[optind];
  return check(options) == 0 ? OPTIONS_RUN : OPTIONS_WRONG;
}

void options_free(options_t *options) {
  free(options->ignored);
  free(options->features);
  free(options->types);
}
