bin-title = Bin
bin-open = Bin: what was deleted in the last 30 days
bin-text = { $count ->
    [one] What is deleted in this project lies here for a day and can be taken back. Then it is gone for good; that it was there stays in the audit log.
   *[other] What is deleted in this project lies here for { $count } days and can be taken back. Then it is gone for good; that it was there stays in the audit log.
}
bin-none = Nothing lies in the bin.
bin-cut = The { $count } things that were deleted last are listed.
bin-kind = Kind
bin-kind-result-node = result
bin-kind-budget-line = line of the budget
bin-kind-report-section = section of a report
bin-kind-evidence = evidence
bin-until = Gone for good on
bin-take-back = Take it back
bin-not-yours = Who may delete it may take it back.
bin-delete = Delete for good
bin-delete-text = For a file that people did not agree to, or whose room is needed. Nobody can bring it back.
delete-type = Type: { $name }
delete-type-code = Type the code of the line.
field-confirm = What it is called
fault-not-its-name = It is called otherwise. Look again whether it is the right one.
notice-taken-back = It was taken back.
notice-evidence-deleted = The file is deleted for good.
problem-bin-parent-gone = The result that it belonged to is in the bin too, or gone. Take that back first.
problem-bin-too-deep = The framework has fewer levels now. Add a level first.
problem-bin-code-taken = Something else has its code by now. Change that one's first.
problem-bin-file-gone = Its file is there no more, so it cannot be taken back.
action-bin-taken-back = Took something back out of the bin
action-bin-emptied = Deleted for good what had lain in the bin for 30 days
action-evidence-deleted = Deleted evidence for good
audit-family-bin = Bin
