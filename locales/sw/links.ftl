links-none-such = Hakuna kiungo kinacholingana na kichujio hiki.
links-ending = Kinaisha ndani ya
links-within = { $count ->
    [one] siku 1
   *[other] siku { $count }
}
links-revoke-several = Futa viungo kadhaa
links-revoke-text = Kiungo kilichofutwa hakifungui chochote tena, na ziara zilizo wazi huisha mara moja. Hakiwezi kurudishwa.
links-revoke-chosen = Futa viungo vilivyochaguliwa
links-revoke-of-donor = Futa viungo vyote vya mfadhili
links-revoke-all = Futa vyote
link-choose = Chagua
link-choose-one = Chagua kiungo cha { $name }
col-last-visit = Ziara ya mwisho
col-email = Barua pepe
link-of-report = { $report }, toleo { $version }
link-once-passcode = Nenosiri hili nalo linaonyeshwa mara moja tu. Mpe mfadhili kwa njia nyingine kuliko kiungo.
link-passcode-text = Nenosiri lina herufi sita au zaidi. Ukiliacha wazi, utatengenezewa.
link-new-donor = Mfadhili asiye kwenye orodha
link-views-of = { $visits } kati ya { $most }
link-lives = { $count ->
    [one] huishi siku 1 baada ya kila ziara
   *[other] huishi siku { $count } baada ya ziara
}
link-hard-until = Kinaisha kwa vyovyote
link-made = Kilitengenezwa
link-renewed = Kiliongezewa muda
link-revoke-reason = Sababu ya kufuta
link-replaced-by = kiungo kingine kimechukua nafasi yake
link-replaces = kiungo ambacho hiki kimechukua nafasi yake
link-history = Kabla
link-renew = Ongeza muda
link-renew-text = Kuanzia sasa kinaishi tena kwa siku zake, bila kuzidi mwaka mmoja tangu kilipotengenezwa.
link-rotate = Toa kiungo kipya mahali pake
link-rotate-text = Kiungo kikiangukia mikononi mwa wasiohusika: kipya kina anwani na siri nyingine, mpokeaji, nenosiri na mipaka ile ile, na cha zamani hakifungui chochote tena.
link-page = Ukurasa au faili
link-visitor = Mgeni
link-log-text = Hakuna anwani inayohifadhiwa. Alama ya mgeni ni ile ile kwa anwani ile ile kwenye kiungo hiki, na haisemi chochote kwingine.
link-log-cut = Mistari { $count } ya mwisho imeorodheshwa.
lock-open = Hakuna: yeyote aliye na kiungo anasoma ripoti
lock-passcode = Nenosiri
lock-mail-code = Msimbo unaotumwa kwa barua pepe ya mpokeaji kila mara
field-donor = Mfadhili
field-donor-name = Jina la mfadhili
field-donor-short-name = Jina fupi (si lazima)
field-donor-ref = Kitambulisho katika kiwango cha IATI (si lazima)
field-donor-type = Aina ya shirika katika kiwango cha IATI (si lazima)
field-lock = Ili kukifungua, kinahitajika pia
field-passcode = Nenosiri
field-allow-download = Wanaweza pia kuchukua takwimu kama XLSX, CSV na JSON
field-max-views = Kinaweza kufunguliwa mara ngapi (si lazima)
field-link-days = Siku kinazoishi baada ya kila ziara
hint-link-days = Zisizozidi zinazoruhusiwa na shirika lako, na mwaka mmoja kwa jumla.
field-donor-link-default-days = Siku ambazo kiungo cha mfadhili huishi baada ya kufunguliwa mara ya mwisho
hint-donor-link-default-days = 1 hadi 90. Viungo vinaweza kupewa siku chache zaidi, si nyingi zaidi.
access-visit = kimefunguliwa
access-page = umesomwa
access-download = imepakuliwa
outcome-bad-passcode = nenosiri au msimbo si sahihi
outcome-rate-limited = majaribio mengi mno
outcome-no-views-left = kimefunguliwa mara zote zinazoruhusiwa
outcome-no-download = kupakua hakuruhusiwi
donor-door-again = Tafadhali fungua kiungo tena, au kibandike hapa.
donor-key-title = Hatua moja zaidi
donor-key-passcode = Ripoti hii ina nenosiri. Aliyekutumia kiungo analijua.
donor-key-code = Tumekutumia msimbo wa tarakimu sita kwa barua pepe. Unafanya kazi kwa dakika kumi.
donor-key-another = Nitumie msimbo mwingine
donor-key-sent = Msimbo mwingine unakuja. Wa awali haufanyi kazi tena.
fault-passcode-wrong = Nenosiri hili si sahihi.
fault-mailed-code-wrong = Msimbo huu si sahihi, au dakika zake kumi zimekwisha.
problem-link-ended = Kiungo hiki kimekwisha, na kilichokwisha hakirudi. Tengeneza kipya kwenye ukurasa wa ripoti.
problem-no-views-left = Kiungo hiki kimefunguliwa mara zote zinazoruhusiwa. Tengeneza kipya kwenye ukurasa wa ripoti.
problem-nothing-to-revoke = Chagua angalau kiungo kimoja hai ambacho unaweza kukifuta.
notice-link-renewed = Kiungo kimeongezewa muda.
action-donor-link-renewed = Ameongeza muda wa kiungo cha mfadhili
action-donor-link-rotated = Ametoa kiungo kipya mahali pa kingine
action-donor-link-many-revoked = Amefuta viungo kadhaa vya wafadhili
table-donor = mfadhili
table-donor-knock = jibu linalosubiriwa na kiungo kilichofungwa
column-donor-id = Mfadhili
column-short-name = Jina fupi
column-iati-org-ref = Kitambulisho katika kiwango cha IATI
column-iati-org-type = Aina ya shirika katika kiwango cha IATI
column-allow-download = Wanaweza pia kuchukua takwimu kama XLSX, CSV na JSON
column-max-views = Kinaweza kufunguliwa mara ngapi
column-passcode-hash = Hashi ya nenosiri
column-mail-code = Msimbo hutumwa kila mara
column-renewed-at = Kiliongezewa muda
column-renewed-by = Aliyekiongezea muda
column-rotated-from = Mahali pa
column-links = Viungo
column-told-14-for = Mwisho uliotajwa wiki mbili kabla
column-told-3-for = Mwisho uliotajwa siku tatu kabla
column-visit-id = Ziara
column-code-mark = Alama ya msimbo
column-code-until = Msimbo unafanya kazi hadi
column-tries = Majibu yasiyo sahihi
column-donor-link-default-days = Siku ambazo kiungo cha mfadhili huishi
problem-answers-used-up = Jibu lilikosewa mara tano. Fungua kiungo tena, au kibandike hapa, kisha ujibu upya.
problem-title-answers-used-up = Fungua kiungo tena
problem-link-at-its-end = Kiungo hiki kinaishi kwa muda wote unaoruhusiwa: mwaka mmoja tangu kilipotengenezwa. Tengeneza kipya kwenye ukurasa wa ripoti.
problem-title-link-at-its-end = Hakiwezi kuongezewa muda
links-revoked-count = { $count ->
    [one] Kiungo 1 kimefutwa.
   *[other] Viungo { $count } vimefutwa.
}
links-skipped-count = { $count ->
    [one] Kiungo 1 ulichochagua kimeachwa: muda wake ulikuwa umekwisha, au huwezi kukifuta.
   *[other] Viungo { $count } ulivyochagua vimeachwa: muda wake ulikuwa umekwisha, au huwezi kuvifuta.
}
donors-title = Wafadhili
donors-text = Ambao viungo ni vyao. Mfadhili mpya hutajwa kiungo kinapotengenezwa; hapa jina lake na yale ambayo kiwango cha IATI kinataka hurekebishwa.
donors-none = Bado hakuna mfadhili aliyetajwa. Mtaje unapotengeneza kiungo cha ripoti.
donor-its-links = Viungo vya mfadhili huyu
action-donor-changed = Amerekebisha mfadhili
audit-family-donor = Wafadhili
