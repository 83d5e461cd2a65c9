// SPDX-License-Identifier: MIT
// The parts of a dashboard's JSON by Grafana's own types. These describe a
// dashboard in Grafana's memory: in a file everything may be left out, for
// Grafana fills in what is missing, and an enumeration's members are text.
import type { Dashboard, FieldConfig } from "@grafana/schema";
import type * as heatmap from "./node_modules/@grafana/schema/dist/types/raw/composable/heatmap/panelcfg/x/types.gen";
import type * as stat from "./node_modules/@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen";
import type * as timeline from "./node_modules/@grafana/schema/dist/types/raw/composable/statetimeline/panelcfg/x/types.gen";
import type * as history from "./node_modules/@grafana/schema/dist/types/raw/composable/statushistory/panelcfg/x/types.gen";
import type * as table from "./node_modules/@grafana/schema/dist/types/raw/composable/table/panelcfg/x/types.gen";
import type * as timeseries from "./node_modules/@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen";

type Written<T> = T extends string ? `${T}`
  : T extends number ? number
  : T extends boolean ? T
  : T extends (infer U)[] ? Written<U>[]
  : T extends object ? { [K in keyof T]?: Written<T[K]> }
  : T;

export type WrittenDashboard = Written<Dashboard>;
export type WrittenDefaults = Written<FieldConfig>;

// by the panel's type: its options, and what is "custom" in its field's config
export interface Options {
  heatmap: Written<heatmap.Options>;
  stat: Written<stat.Options>;
  "state-timeline": Written<timeline.Options>;
  "status-history": Written<history.Options>;
  table: Written<table.Options>;
  timeseries: Written<timeseries.Options>;
}

export interface Custom {
  heatmap: Written<heatmap.FieldConfig>;
  stat: {};
  "state-timeline": Written<timeline.FieldConfig>;
  "status-history": Written<history.FieldConfig>;
  table: Written<table.FieldConfig>;
  timeseries: Written<timeseries.FieldConfig>;
}
