periods-title = Reporting periods
periods-none = There are no periods yet. Make some below, or import a file that creates them.
periods-shown = The newest { $shown } of { $all } periods are shown.
window-from = Entry from { $first }
window-until = Entry until { $last }
window-between = Entry from { $first } to { $last }
periods-new = Make periods
periods-make = Make periods
period-lock = Lock
period-lock-label = Lock { $period }
period-unlock = Unlock
period-unlock-label = Unlock { $period }
period-window = Entry window
period-window-label = Set the entry window of { $period }
field-window-opens = Entry from (empty: any day)
field-window-closes = Entry until (empty: any day)
notice-period-window-set = The entry window is set.
action-period-window-set = Set the entry window of a period
field-days = Days, up to 14
locations-title = Locations
locations-none = There are no locations yet.
location-new = Add a location
people-title = People
problem-title-period-locked = This period is locked
problem-period-locked = Its figures are settled. A project manager or an administrator can unlock it for up to fourteen days, with a reason.
problem-title-period-closed = The window of this period has closed
problem-period-closed = Its last day for entries has passed. A project manager or MEAL officer can still enter figures.
problem-title-period-not-open = This period is not open yet
problem-period-not-open = Figures can be entered once its window opens: “Set-up” shows when. A project manager or MEAL officer can tell you more.
locations-count = { $count ->
    [one] 1 location
   *[other] { $count } locations
}
period-unlock-do = Unlock
period-window-do = Save
fault-before-opening = This is before the first day of entry.
fault-too-many-periods = These would be more than 240 periods. Choose fewer days.
