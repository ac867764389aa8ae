tab-evidence = Ushahidi
evidence-all = Kila kitu ambacho takwimu, matokeo na ripoti za mradi huu zinategemea, kadiri unavyoruhusiwa kuona.
evidence-none = Bado hakuna ushahidi hapa.
evidence-add = Ongeza ushahidi
evidence-remove = Ondoa
evidence-remove-text = Hakuna anayeuona wala kuufungua tena. Unakaa kwenye pipa kwa siku 30: meneja wa mradi au afisa MEAL anaweza kuurejesha kutoka humo, au kuufuta kabisa.
evidence-of = Ushahidi wa
evidence-for-donors = kwa wasomaji
evidence-taken = Ilichukuliwa { $day }
evidence-file-hint = Picha, PDF, kitabu cha kazi, waraka au maandishi, hadi MB { $size }. Picha hutengenezwa upya: mahali na kingine chochote ambacho kamera iliandika ndani huachwa.
evidence-count = { $count ->
    [0] Ongeza ushahidi
    [one] Ushahidi 1
   *[other] Ushahidi { $count }
}
field-consent = Ridhaa
field-taken-on = Ilichukuliwa
field-donor-visible = Wasomaji wanaruhusiwa kuona
consent-not-needed = Hakuna anayeweza kutambuliwa
consent-obtained = Watu waliridhia
consent-missing = Watu hawakuulizwa
hint-consent = Ya watu wanaoonekana, kusikika au kutajwa.
fault-file-empty = Faili ni tupu.
fault-file-too-large = Faili ni kubwa kuliko linavyokubalika.
fault-file-kind = Mafaili ya aina hii hayapokelewi. Tuma picha (JPEG, PNG, WebP), PDF, kitabu cha kazi (XLSX), waraka (DOCX, ODT) au maandishi (CSV, TXT).
fault-picture-damaged = Picha haisomeki.
fault-picture-too-large = Picha ina pikseli nyingi kuliko inavyokubalika.
fault-consent-missing = Ambacho watu hawakuridhia hakiwezi kuonyeshwa kwa wengine.
fault-not-yours-to-show = Meneja wa mradi au afisa MEAL huamua wasomaji waone nini.
problem-quota-full = Mpango wenu hauna nafasi zaidi ya ushahidi. Futa kabisa vilivyo kwenye mapipa, au omba mpango mkubwa zaidi.
problem-evidence-in-use = Takwimu iliyothibitishwa au ripoti iliyochapishwa inategemea hiki, kwa hiyo kinabaki.
notice-evidence-added = Ushahidi umeongezwa.
notice-evidence-removed = Ushahidi umeondolewa. Uko kwenye pipa la mradi (Mpangilio) kwa siku 30.
action-evidence-added = Ameongeza ushahidi
action-evidence-updated = Amebadilisha maelezo ya ushahidi
action-evidence-removed = Ameondoa ushahidi
audit-family-evidence = Ushahidi
table-evidence = ushahidi
column-mime = Aina ya faili
column-bytes = Baiti
column-taken-on = Ilichukuliwa
column-consent = Ridhaa
column-donor-visible = Wasomaji wanaruhusiwa kuona
column-value-id = Thamani
choose = Tafadhali chagua
file-size = kB { $size }
evidence-cut = { $count } za hivi karibuni zimeorodheshwa.
