nav-dashboard = Dashibodi
tab-dashboard = Dashibodi
dashboard-standing = Hali ya viashiria
dashboard-standing-text = Kila kiashiria huhesabiwa mara moja, kwa kipindi cha mwisho kilichokwisha.
dashboard-by-result = Kwa matokeo
dashboard-trends = Mwenendo dhidi ya malengo
dashboard-key-none = Hakuna kiashiria kilichowekwa kuwa kikuu, kwa hiyo vya kwanza vyenye takwimu vimechorwa. Weka alama vile vikuu kwenye karatasi zake.
dashboard-groups-short = Kwa makundi, { $year }
dashboard-groups = { $indicator }, kwa makundi, { $year }
dashboard-group = Kundi
dashboard-completeness = Vipindi na takwimu zake
dashboard-completeness-none = Bado hakuna kipindi cha mwaka huu kinachohitaji takwimu.
dashboard-complete = { $reported } kati ya { $due } vimeripotiwa, { $verified } vimethibitishwa
dashboard-places = Maeneo
dashboard-on-map = Kwenye ramani
dashboard-map = { $indicator }, { $year }, kwa eneo
dashboard-unplaced = { $count ->
    [one] Eneo 1 haliko kwenye ramani, kwa kuwa hakuna aliyesema lilipo.
   *[other] Maeneo { $count } hayako kwenye ramani, kwa kuwa hakuna aliyesema yalipo.
}
dashboard-no-projects = Hakuna mradi ambao unaruhusiwa kuona takwimu zake zote.
dashboard-reported = Vimeripotiwa
dashboard-reported-note = vya kipindi cha mwisho kilichokwisha
dashboard-last-period = Kipindi cha mwisho kilichokwisha
col-standing = Hali
col-indicators = Viashiria
col-figures = Takwimu
col-waits = Zinasubiri uhakiki
col-period = Kipindi
col-point = Latitudo, longitudo
chart-as-table = Hizo hizo kama jedwali
chart-no-figures = Bado hakuna takwimu.
change = Badilisha
field-lat = Latitudo
field-lon = Longitudo
hint-lat = Nyuzi kaskazini, kwa mfano -3.58. Acha wazi ikiwa hujui.
hint-lon = Nyuzi mashariki, kwa mfano 30.72.
fault-not-on-earth = Hakuna mahali kama hapo duniani: latitudo ni kati ya -90 na 90, longitudo kati ya -180 na 180.
location-edit = Badilisha eneo { $code }
location-shared = Eneo ni la shirika lako: kila mradi unaofanya kazi hapo utaona mabadiliko.
action-location-updated = Amebadilisha eneo
need-submit = { $period }: kila kiashiria kina takwimu, kipindi kinaweza kuwasilishwa
need-revision = Mfumo wa matokeo unarekebishwa na unasubiri kuidhinishwa
need-grants = { $count ->
    [one] Ombi 1 la jukumu linakusubiri
   *[other] Maombi { $count } ya majukumu yanakusubiri
}
col-of-framework = Tokeo
need-missing = { $count ->
    [one] { $period }: kiashiria 1 bado hakina takwimu
   *[other] { $period }: viashiria { $count } bado havina takwimu
}
need-missing-until = { $count ->
    [one] { $period }: kiashiria 1 bado hakina takwimu; uingizaji unafungwa { $day }
   *[other] { $period }: viashiria { $count } bado havina takwimu; uingizaji unafungwa { $day }
}
degrees-north = { $degrees }° Kas
degrees-south = { $degrees }° Kus
degrees-east = { $degrees }° Mash
degrees-west = { $degrees }° Magh
column-lat = Latitudo
column-lon = Longitudo
column-page = Ukurasa
need-drafts = { $count ->
    [one] { $period }: takwimu 1 imehifadhiwa na bado haijawasilishwa
   *[other] { $period }: takwimu { $count } zimehifadhiwa na bado hazijawasilishwa
}
