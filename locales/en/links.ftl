links-none-such = No link fits this filter.
links-ending = Ends within
links-within = { $count ->
    [one] 1 day
   *[other] { $count } days
}
links-revoke-several = Revoke several links
links-revoke-text = A revoked link opens nothing any more, and visits that are open end at once. It cannot be taken back.
links-revoke-chosen = Revoke the chosen links
links-revoke-of-donor = Revoke every link of a donor
links-revoke-all = Revoke all of them
link-choose = Choose
link-choose-one = Choose the link for { $name }
col-last-visit = Last visit
col-email = E-mail
link-of-report = { $report }, version { $version }
link-once-passcode = This passcode is shown only once, too. Tell it to the donor by another way than the link.
link-passcode-text = A passcode has six characters or more. If you leave it empty, one is made for you.
link-new-donor = A donor that is not in the list
link-views-of = { $visits } of { $most }
link-lives = { $count ->
    [one] lives for 1 day after each visit
   *[other] lives for { $count } days after a visit
}
link-hard-until = Ends in any case
link-made = Made
link-renewed = Renewed
link-revoke-reason = Reason for revoking
link-replaced-by = another link stands in its place
link-replaces = the link in whose place it stands
link-history = Before
link-renew = Renew
link-renew-text = From now on it lives for its days again, never beyond a year after it was made.
link-rotate = Give a new link in its place
link-rotate-text = For when the link fell into the wrong hands: the new one has another address and secret, the same recipient, passcode and limits, and the old one opens nothing from now on.
link-page = Page or file
link-visitor = Visitor
link-log-text = No address is kept. The mark of a visitor is the same for the same address at this link, and says nothing elsewhere.
link-log-cut = The last { $count } lines are listed.
lock-open = Nothing: whoever has the link reads the report
lock-passcode = A passcode
lock-mail-code = A code, mailed to the recipient each time
field-donor = Donor
field-donor-name = Name of the donor
field-donor-short-name = Shorter name (optional)
field-donor-ref = Identifier under the IATI standard (optional)
field-donor-type = Kind of organisation under the IATI standard (optional)
field-lock = To open it, one also needs
field-passcode = Passcode
field-allow-download = They may also take the figures as XLSX, CSV and JSON
field-max-views = How often it may be opened (optional)
field-link-days = Days it lives after each visit
hint-link-days = At most as many as your organisation allows, and a year in all.
field-donor-link-default-days = Days for which a donor's link lives after it was last opened
hint-donor-link-default-days = 1 to 90. Links may be given fewer days, and not more.
access-visit = opened
access-page = read
access-download = downloaded
outcome-bad-passcode = wrong passcode or code
outcome-rate-limited = too many attempts
outcome-no-views-left = opened as often as it may be
outcome-no-download = download not allowed
donor-door-again = Please open the link once more, or paste it here.
donor-key-title = One more step
donor-key-passcode = This report has a passcode. Whoever sent you the link knows it.
donor-key-code = We have mailed you a code of six digits. It works for ten minutes.
donor-key-another = Mail me another code
donor-key-sent = Another code is on its way. The earlier one works no longer.
fault-passcode-wrong = This passcode is not right.
fault-mailed-code-wrong = This code is not right, or its ten minutes are over.
problem-link-ended = This link has ended, and what has ended stays so. Make a new one on the report's page.
problem-no-views-left = This link was opened as often as it may be. Make a new one on the report's page.
problem-nothing-to-revoke = Choose at least one active link of yours.
notice-link-renewed = The link is renewed.
action-donor-link-renewed = Renewed a donor link
action-donor-link-rotated = Gave a new donor link in the place of one
action-donor-link-many-revoked = Revoked several donor links
table-donor = donor
table-donor-knock = answer that a locked donor link waits for
column-donor-id = Donor
column-short-name = Shorter name
column-iati-org-ref = Identifier under the IATI standard
column-iati-org-type = Kind of organisation under the IATI standard
column-allow-download = They may also take the figures as XLSX, CSV and JSON
column-max-views = How often it may be opened
column-passcode-hash = Hash of the passcode
column-mail-code = A code is mailed each time
column-renewed-at = Renewed at
column-renewed-by = Renewed by
column-rotated-from = In the place of
column-links = Links
column-told-14-for = End that was told two weeks before
column-told-3-for = End that was told three days before
column-visit-id = Visit
column-code-mark = Mark of the code
column-code-until = Code works until
column-tries = Wrong answers
column-donor-link-default-days = Days for which a donor's link lives
problem-answers-used-up = That was wrong five times. Open the link once more, or paste it here, and answer again.
problem-title-answers-used-up = Open the link once more
problem-link-at-its-end = This link lives for as long as a link may: a year from when it was made. Make a new one on the report's page.
problem-title-link-at-its-end = It cannot live longer
links-revoked-count = { $count ->
    [one] 1 link is revoked.
   *[other] { $count } links are revoked.
}
links-skipped-count = { $count ->
    [one] 1 that you chose was left: it had ended already, or is not yours to revoke.
   *[other] { $count } that you chose were left: they had ended already, or are not yours to revoke.
}
donors-title = Donors
donors-text = Whom links are for. A new donor is named where a link is made; here its name and what the IATI standard asks for are corrected.
donors-none = No donor is named yet. Name one where you make a link for a report.
donor-its-links = Links of this donor
action-donor-changed = Corrected a donor
audit-family-donor = Donors
