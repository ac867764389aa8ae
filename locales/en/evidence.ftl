tab-evidence = Evidence
evidence-all = Everything that figures, results and reports of this project rest on, as far as you may see it.
evidence-none = There is no evidence here yet.
evidence-add = Add evidence
evidence-remove = Take away
evidence-remove-text = Nobody sees or opens it any more. It lies in the bin for 30 days: a project manager or MEAL officer can take it back from there, or delete it for good.
evidence-of = Evidence of
evidence-for-donors = for viewers
evidence-taken = Taken on { $day }
evidence-file-hint = A picture, PDF, workbook, document or text, up to { $size } MB. Pictures are made anew: the place and whatever else a camera wrote into them is left out.
evidence-count = { $count ->
    [0] Add evidence
    [one] 1 piece of evidence
   *[other] { $count } pieces of evidence
}
field-consent = Consent
field-taken-on = Taken on
field-donor-visible = Viewers may see it
consent-not-needed = Nobody can be recognised
consent-obtained = The people agreed
consent-missing = Nobody asked the people
hint-consent = Of the people who are seen, heard or named.
fault-file-empty = The file is empty.
fault-file-too-large = The file is larger than can be taken.
fault-file-kind = Files of this kind are not taken. Send a picture (JPEG, PNG, WebP), PDF, workbook (XLSX), document (DOCX, ODT) or text (CSV, TXT).
fault-picture-damaged = The picture cannot be read.
fault-picture-too-large = The picture has more pixels than can be taken.
fault-consent-missing = What people did not agree to cannot be shown to others.
fault-not-yours-to-show = A project manager or MEAL officer decides what viewers see.
problem-quota-full = Your plan has no more room for evidence. Delete for good what lies in the bins, or ask the operators for a larger plan.
problem-evidence-in-use = A verified figure or a published report rests on this, so it stays.
notice-evidence-added = The evidence was added.
notice-evidence-removed = The evidence was taken away. It lies in the bin of the project (Set-up) for 30 days.
action-evidence-added = Added evidence
action-evidence-updated = Changed what is said of evidence
action-evidence-removed = Took evidence away
audit-family-evidence = Evidence
table-evidence = evidence
column-mime = Kind of file
column-bytes = Bytes
column-taken-on = Taken on
column-consent = Consent
column-donor-visible = Viewers may see it
column-value-id = Value
choose = Please choose
file-size = { $size } kB
evidence-cut = The newest { $count } are listed.
