rag-on-track = On track
rag-at-risk = At risk
rag-off-track = Off track
rag-over = Over target
rag-no-data = No data
rag-no-target = No target
rag-not-due = Not due yet
tracking-none-title = No indicators yet
tracking-none = Add indicators on the overview page; their figures appear here.
tracking-caption = Indicator tracking table, { $year }
trend-label = Verified figures over time: { $indicator }
explain-label = Explain { $indicator }, { $column }
col-end-target = End target
export-not-yours = Your role does not allow exports. An administrator of your organisation can tell you who may.
export = Export
export-text = That you take something out is written to the audit log.
export-download = Download
export-framework-text = Results with their assumptions and risks, indicators with baselines, targets and sources, as a matrix.
export-framework = Download the framework
field-format = As
format-xlsx = Workbook (XLSX), one row an indicator
format-csv = CSV, one row a figure
workbook-verified = verified figures only
sheet-itt = Tracking
sheet-provisional = Not yet verified
sheet-indicators = Indicators
sheet-framework = Framework
sheet-targets = Targets
col-level = Level
col-number = Number
action-framework-exported = Exported the results framework
explain-title = Explain this number
explain-ratio = { $actual } ÷ { $target } × 100 = { $result } %
explain-progress = ({ $actual } − { $baseline }) ÷ ({ $target } − { $baseline }) × 100 = { $result } %
explain-reduction = (2 − { $actual } ÷ { $target }) × 100 = { $result } %, since less is better
explain-not-available = There is no achievement to show: a verified figure, a target or a baseline is missing.
explain-step-inputs = Verified values that count: { $count }.
explain-step-within = { $place }, { $period } ({ $how }): { $inputs } → { $result }.
explain-step-carried = { $place } was silent and kept its figure of { $period }: { $result }.
explain-step-locations = Across locations, { $period } ({ $how }): { $inputs } → { $result }.
explain-step-periods = Across periods ({ $how }): { $inputs } → { $result }.
explain-step-added = { $period }: { $earlier } so far, { $added } added = { $result }.
explain-steps-more = and { $count } more steps.
explain-more = and { $count } more
explain-whole-project = Project as a whole
explain-inputs = Values behind this figure
counts-yes = yes
exclusion-not-verified = no: not verified
exclusion-duplicate = no: the same entry twice
exclusion-other-period = no: another period
exclusion-no-figure = no: no data
exclusion-without-parts = no: without numerator and denominator
exclusion-superseded = no: a later value takes its place
exclusion-not-combined = no: not combined into this figure
explain-inputs-count = { $count ->
    [one] 1 value
   *[other] { $count } values; at most 200 are listed
}
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
legend-title = What the colours mean
legend-rag = On track from { $amber } % to { $over } % of the target, at risk from { $red } %, off track below that, over target above. An indicator may have limits of its own.
restated = restated, was { $was }
restated-in = in “{ $report }”, published { $day }
snapshot-restated-text = Restated: a figure that an earlier report told otherwise, because it was corrected since.
export-values = Every value
export-values-text = What was reported, figure by figure and with every cell, with who submitted and verified it: one row each, as many as there are. The last row says how many.
export-values-download = Download every value (CSV)
workbook-figures = { $count ->
    [one] 1 figure
   *[other] { $count } figures
}
results-count = { $count ->
    [one] 1 result
   *[other] { $count } results
}
register-rows = { $count ->
    [one] 1 row
   *[other] { $count } rows
}
action-value-exported = Exported every value
