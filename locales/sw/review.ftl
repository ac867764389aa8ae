review-none-title = Hakuna kinachosubiri mapitio
review-none = Mtu akiwasilisha takwimu zitaonekana hapa.
review-title = Thamani za kupitia
review-pick = Chagua
review-own = yako: mtu mwingine huithibitisha
review-all-title = Kila kinachosubiri
review-return-selected = Rudisha zilizochaguliwa
review-verify-selected = Thibitisha zilizochaguliwa
review-return-period = Rudisha kipindi chote ({ $count })
review-verify-period = Thibitisha kipindi chote ({ $count })
hint-note = Inahitajika unaporudisha thamani: eleza cha kurekebisha.
problem-title-nothing-waits = Hakuna kinachosubiri
problem-nothing-waits = Ulichochagua kimeshaamuliwa, labda na mwenzako.
problem-title-nothing-picked = Hakuna kilichochaguliwa
problem-nothing-picked = Weka alama kwenye thamani unazotaka, au tumia vitufe vya kipindi chote.
problem-title-own-values-only = Hizi ni thamani zako mwenyewe
problem-own-values-only = Uliziwasilisha wewe, hivyo mtu mwingine huzithibitisha.
review-shown-of = Thamani { $shown } kati ya { $all } zinazosubiri
unverify-do = Ondoa uthibitisho
unverify-label = Ondoa uthibitisho wa { $place }, { $period }
notice-unverified = Uthibitisho umeondolewa: thamani imerudishwa.
review-shown = { $count ->
    [one] Thamani 1 inasubiri
   *[other] Thamani { $count } zinasubiri
}
review-all-text = { $count ->
    [one] Thamani 1 inasubiri katika mradi.
   *[other] Thamani { $count } zinasubiri katika vipindi vyote vya mradi.
}
review-verify-project = { $count ->
    [one] Thibitisha thamani 1
   *[other] Thibitisha thamani zote { $count }
}
