review-none-title = Nothing waits for review
review-none = When somebody submits figures they appear here.
review-title = Values to review
review-pick = Choose
review-own = yours: somebody else verifies it
review-all-title = Everything that waits
review-return-selected = Return the chosen
review-verify-selected = Verify the chosen
review-return-period = Return the whole period ({ $count })
review-verify-period = Verify the whole period ({ $count })
hint-note = Needed when you return values: say what is to be mended.
problem-title-nothing-waits = Nothing waits
problem-nothing-waits = What you chose was decided already, perhaps by a colleague.
problem-title-nothing-picked = Nothing is chosen
problem-nothing-picked = Tick the values that you mean, or use the buttons for the whole period.
problem-title-own-values-only = These are your own values
problem-own-values-only = You submitted them, so somebody else verifies them.
review-shown-of = { $shown } of { $all } values that wait
unverify-do = Take back
unverify-label = Take back the verification of { $place }, { $period }
notice-unverified = The verification was taken back: the value is returned.
review-shown = { $count ->
    [one] 1 value waits
   *[other] { $count } values wait
}
review-all-text = { $count ->
    [one] 1 value waits in the project.
   *[other] { $count } values wait in all periods of the project.
}
review-verify-project = { $count ->
    [one] Verify 1 value
   *[other] Verify all { $count } values
}
