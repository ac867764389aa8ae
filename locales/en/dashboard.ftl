nav-dashboard = Dashboard
tab-dashboard = Dashboard
dashboard-standing = Where the indicators stand
dashboard-standing-text = Each indicator counts once, by the last period that is over.
dashboard-by-result = By result
dashboard-trends = Trends against targets
dashboard-key-none = No indicator is marked as key, so the first that have figures are drawn. Mark the key ones on their sheets.
dashboard-groups-short = Broken down, { $year }
dashboard-groups = { $indicator }, broken down, { $year }
dashboard-group = Group
dashboard-completeness = Periods and their figures
dashboard-completeness-none = No period of this year asks for figures yet.
dashboard-complete = { $reported } of { $due } reported, { $verified } verified
dashboard-places = Places
dashboard-on-map = On the map
dashboard-map = { $indicator }, { $year }, by place
dashboard-unplaced = { $count ->
    [one] 1 place is not on the map, since nobody said where it lies.
   *[other] { $count } places are not on the map, since nobody said where they lie.
}
dashboard-no-projects = There is no project here whose figures you may see in all.
dashboard-reported = Reported
dashboard-reported-note = of the last period that is over
dashboard-last-period = Last period that is over
col-standing = Standing
col-indicators = Indicators
col-figures = Figures
col-waits = Waits for review
col-period = Period
col-point = Latitude, longitude
chart-as-table = The same as a table
chart-no-figures = No figures yet.
change = Change
field-lat = Latitude
field-lon = Longitude
hint-lat = Degrees north, for example -3.58. Leave it empty if you don't know it.
hint-lon = Degrees east, for example 30.72.
fault-not-on-earth = There is no such place on earth: latitudes go from -90 to 90, longitudes from -180 to 180.
location-edit = Change place { $code }
location-shared = The place belongs to your organisation: every project that works there sees the change.
action-location-updated = Changed a place
need-submit = { $period }: every indicator has a figure, the period can be submitted
need-revision = The framework is under revision and waits for an approval
need-grants = { $count ->
    [one] 1 request for a role waits for you
   *[other] { $count } requests for roles wait for you
}
col-of-framework = Result
need-missing = { $count ->
    [one] { $period }: 1 indicator has no figure yet
   *[other] { $period }: { $count } indicators have no figure yet
}
need-missing-until = { $count ->
    [one] { $period }: 1 indicator has no figure yet; entry closes on { $day }
   *[other] { $period }: { $count } indicators have no figure yet; entry closes on { $day }
}
degrees-north = { $degrees }° N
degrees-south = { $degrees }° S
degrees-east = { $degrees }° E
degrees-west = { $degrees }° W
column-lat = Latitude
column-lon = Longitude
column-page = Page
need-drafts = { $count ->
    [one] { $period }: 1 figure is saved and not yet submitted
   *[other] { $period }: { $count } figures are saved and not yet submitted
}
