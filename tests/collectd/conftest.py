# SPDX-License-Identifier: MIT
from collectd_fixtures import *  # noqa: F403
