portal-tools = This report
portal-contents = In this report
portal-reports = Reports that were shared with you
portal-reports-text = Each was opened by a link of its own, and closes after eight hours.
portal-report-of = Version { $version }, published { $day }
portal-all-reports = Your other reports
portal-pdf = Download as PDF
portal-file-figures-xlsx = Figures as a workbook (XLSX)
portal-file-figures-csv = Figures as a table (CSV)
portal-file-report-json = Whole report as data (JSON)
portal-shared = Shared with { $name }, { $day }
portal-published = Published on { $when } · version { $version }
portal-hash = Fingerprint of this version (SHA-256):
portal-verify = Check whether a copy of this report is genuine
portal-foot = About this copy
portal-progress = Progress by result
portal-changed = What changed since an earlier report
portal-was = Told before
portal-is = Now
portal-tile-target = Target: { $target }
portal-key = key indicator
portal-unit = Unit: { $unit }
portal-how = How is this computed?
portal-how-more = What is measured, and by which rules
portal-how-worked = { $numerator } ÷ { $denominator }{ $times } = { $actual }
portal-how-result = { $result } % of the target.
portal-how-verified = Every value was verified by a second person, unless marked otherwise. What was not verified, or was sent back, is left out.
portal-paper-rest = The report goes on in the browser
portal-paper-rest-text = This document holds 300 pages, and the report is longer. What is missing here stands on its page in the browser.
portal-how-stands-for = The figure of a period is { $what }.
portal-how-parts = It is a share: { $numerator } ÷ { $denominator }.
portal-how-combined = Several values become one: within a place { $within }; across places { $places }; across periods { $periods }.
portal-how-judged = On track from { $amber } % of the target, off track below { $red } %, above target from { $over } %.
portal-how-often = How often it is reported: { $frequency }.
portal-how-source = Where figures come from: { $source }
portal-inputs = Verified figures behind it:
portal-all-columns = Every quarter and the year
portal-actual-of-target = Actual / target
portal-nothing = There is nothing to show here.
portal-charts-left = { $count ->
    [one] and 1 more indicator, which has no chart here.
   *[other] and { $count } more indicators, which have no chart here.
}
portal-files-left = { $count ->
    [one] and 1 more file, which is not listed here.
   *[other] and { $count } more files, which are not listed here.
}
portal-learning-left = { $count ->
    [one] and 1 more entry, which is not told here.
   *[other] and { $count } more entries, which are not told here.
}
portal-lines-left = { $count ->
    [one] and 1 more line, which the sums hold too.
   *[other] and { $count } more lines, which the sums hold too.
}
portal-map-left = { $count ->
    [one] and 1 more indicator that is counted by place, which is not shown here.
   *[other] and { $count } more indicators that are counted by place, which are not shown here.
}
problem-title-document-too-large = The file is too large
problem-document-too-large = The file would be so large that nobody could have it verified. Please read the report in the browser.
