portal-tools = Ripoti hii
portal-contents = Ndani ya ripoti hii
portal-reports = Ripoti zilizoshirikiwa nawe
portal-reports-text = Kila moja ilifunguliwa kwa kiungo chake, na hufungwa baada ya saa nane.
portal-report-of = Toleo { $version }, ilichapishwa { $day }
portal-all-reports = Ripoti zako nyingine
portal-pdf = Pakua kama PDF
portal-file-figures-xlsx = Takwimu kama kitabu cha kazi (XLSX)
portal-file-figures-csv = Takwimu kama jedwali (CSV)
portal-file-report-json = Ripoti yote kama data (JSON)
portal-shared = Imetumwa kwa { $name }, { $day }
portal-published = Imechapishwa { $when } · toleo { $version }
portal-hash = Alama ya kidole ya toleo hili (SHA-256):
portal-verify = Hakiki kama nakala ya ripoti hii ni halisi
portal-foot = Kuhusu nakala hii
portal-progress = Maendeleo kwa kila tokeo
portal-changed = Kilichobadilika tangu ripoti ya awali
portal-was = Ilivyosemwa awali
portal-is = Sasa
portal-tile-target = Lengo: { $target }
portal-key = kiashiria kikuu
portal-unit = Kipimo: { $unit }
portal-how = Hii imehesabiwaje?
portal-how-more = Kinachopimwa, na kwa kanuni zipi
portal-how-worked = { $numerator } ÷ { $denominator }{ $times } = { $actual }
portal-how-result = Asilimia { $result } ya lengo.
portal-how-verified = Kila thamani ilithibitishwa na mtu wa pili, isipokuwa zilizowekwa alama. Zisizothibitishwa, au zilizorudishwa, zimeachwa.
portal-paper-rest = Ripoti inaendelea kwenye kivinjari
portal-paper-rest-text = Hati hii ina kurasa 300, na ripoti ni ndefu zaidi. Kinachokosekana hapa kiko kwenye ukurasa wake katika kivinjari.
portal-how-stands-for = Takwimu ya kipindi ni { $what }.
portal-how-parts = Ni sehemu: { $numerator } ÷ { $denominator }.
portal-how-combined = Thamani kadhaa huwa moja: ndani ya eneo { $within }; kati ya maeneo { $places }; kati ya vipindi { $periods }.
portal-how-judged = Iko sawa kuanzia asilimia { $amber } ya lengo, iko nyuma chini ya asilimia { $red }, juu ya lengo kuanzia asilimia { $over }.
portal-how-often = Huripotiwa mara ngapi: { $frequency }.
portal-how-source = Takwimu hutoka wapi: { $source }
portal-inputs = Takwimu zilizothibitishwa zinazoiunda:
portal-all-columns = Kila robo na mwaka
portal-actual-of-target = Halisi / lengo
portal-nothing = Hakuna cha kuonyesha hapa.
portal-charts-left = { $count ->
    [one] na kiashiria 1 zaidi, ambacho hakina chati hapa.
   *[other] na viashiria { $count } zaidi, ambavyo havina chati hapa.
}
portal-files-left = { $count ->
    [one] na faili 1 zaidi, ambalo halimo katika orodha hii.
   *[other] na faili { $count } zaidi, ambazo hazimo katika orodha hii.
}
portal-learning-left = { $count ->
    [one] na fundisho 1 zaidi, ambalo halielezwi hapa.
   *[other] na mafundisho { $count } zaidi, ambayo hayaelezwi hapa.
}
portal-lines-left = { $count ->
    [one] na mstari 1 zaidi, ambao jumla inauhesabu pia.
   *[other] na mistari { $count } zaidi, ambayo jumla inaihesabu pia.
}
portal-map-left = { $count ->
    [one] na kiashiria 1 zaidi kinachohesabiwa kwa eneo, ambacho hakionyeshwi hapa.
   *[other] na viashiria { $count } zaidi vinavyohesabiwa kwa eneo, ambavyo havionyeshwi hapa.
}
problem-title-document-too-large = Faili ni kubwa mno
problem-document-too-large = Faili lingekuwa kubwa kiasi kwamba hakuna ambaye angeweza kulithibitisha. Tafadhali soma ripoti katika kivinjari.
