rag-on-track = Inaendelea vizuri
rag-at-risk = Hatarini
rag-off-track = Imekwama
rag-over = Zaidi ya lengo
rag-no-data = Hakuna takwimu
rag-no-target = Hakuna lengo
rag-not-due = Muda bado
tracking-none-title = Bado hakuna viashiria
tracking-none = Ongeza viashiria kwenye ukurasa wa muhtasari; takwimu zake zitaonekana hapa.
tracking-caption = Jedwali la kufuatilia viashiria, { $year }
trend-label = Takwimu zilizothibitishwa kwa muda: { $indicator }
explain-label = Eleza { $indicator }, { $column }
col-end-target = Lengo la mwisho
export-not-yours = Jukumu lako haliruhusu kutoa data. Msimamizi wa shirika lako anaweza kukuambia ni nani anayeruhusiwa.
export = Toa data
export-text = Kwamba umetoa kitu huandikwa kwenye kumbukumbu ya ukaguzi.
export-download = Pakua
export-framework-text = Matokeo pamoja na dhana na hatari zake, viashiria pamoja na hali ya awali, malengo na vyanzo, kama jedwali.
export-framework = Pakua mfumo wa matokeo
field-format = Kama
format-xlsx = Kitabu cha kazi (XLSX), safu moja kwa kiashiria
format-csv = CSV, safu moja kwa takwimu
workbook-verified = takwimu zilizothibitishwa tu
sheet-itt = Ufuatiliaji
sheet-provisional = Hazijathibitishwa
sheet-indicators = Viashiria
sheet-framework = Mfumo wa matokeo
sheet-targets = Malengo
col-level = Ngazi
col-number = Namba
action-framework-exported = Ametoa mfumo wa matokeo
explain-title = Eleza takwimu hii
explain-ratio = { $actual } ÷ { $target } × 100 = { $result } %
explain-progress = ({ $actual } − { $baseline }) ÷ ({ $target } − { $baseline }) × 100 = { $result } %
explain-reduction = (2 − { $actual } ÷ { $target }) × 100 = { $result } %, kwa kuwa kidogo ni bora
explain-not-available = Hakuna ufanisi wa kuonyesha: takwimu iliyothibitishwa, lengo au msingi haupo.
explain-step-inputs = Thamani zilizothibitishwa zinazohesabiwa: { $count }.
explain-step-within = { $place }, { $period } ({ $how }): { $inputs } → { $result }.
explain-step-carried = { $place } haikuripoti na imebaki na takwimu ya { $period }: { $result }.
explain-step-locations = Kati ya maeneo, { $period } ({ $how }): { $inputs } → { $result }.
explain-step-periods = Kati ya vipindi ({ $how }): { $inputs } → { $result }.
explain-step-added = { $period }: { $earlier } hadi sasa, { $added } zimeongezwa = { $result }.
explain-steps-more = na hatua nyingine { $count }.
explain-more = na nyingine { $count }
explain-whole-project = Mradi mzima
explain-inputs = Thamani zilizo nyuma ya takwimu hii
counts-yes = ndiyo
exclusion-not-verified = hapana: haijathibitishwa
exclusion-duplicate = hapana: imeingizwa mara mbili
exclusion-other-period = hapana: kipindi kingine
exclusion-no-figure = hapana: hakuna takwimu
exclusion-without-parts = hapana: bila kiasi na kigawanyo
exclusion-superseded = hapana: thamani ya baadaye imechukua nafasi
exclusion-not-combined = hapana: haijaunganishwa kwenye takwimu hii
explain-inputs-count = { $count ->
    [one] Thamani 1
   *[other] Thamani { $count }; zisizozidi 200 zinaonyeshwa
}
month-1 = Jan
month-2 = Feb
month-3 = Mac
month-4 = Apr
month-5 = Mei
month-6 = Jun
month-7 = Jul
month-8 = Ago
month-9 = Sep
month-10 = Okt
month-11 = Nov
month-12 = Des
legend-title = Maana ya rangi
legend-rag = Inaendelea vizuri kuanzia { $amber } % hadi { $over } % ya lengo, hatarini kuanzia { $red } %, nje ya mwelekeo chini ya hapo, imezidi lengo juu ya hapo. Kiashiria kinaweza kuwa na mipaka yake.
restated = imerekebishwa, ilikuwa { $was }
restated-in = katika “{ $report }”, iliyochapishwa { $day }
snapshot-restated-text = Imerekebishwa: takwimu ambayo ripoti ya awali iliitaja tofauti, kwa sababu imesahihishwa tangu hapo.
export-values = Kila thamani
export-values-text = Kilichoripotiwa, takwimu kwa takwimu pamoja na kila kisanduku chake, aliyewasilisha na aliyethibitisha: safu moja kwa kila moja, zote zilizopo. Safu ya mwisho husema ni ngapi.
export-values-download = Pakua kila thamani (CSV)
workbook-figures = { $count ->
    [one] takwimu 1
   *[other] takwimu { $count }
}
results-count = { $count ->
    [one] tokeo 1
   *[other] matokeo { $count }
}
register-rows = { $count ->
    [one] safu 1
   *[other] safu { $count }
}
action-value-exported = Amepakua kila thamani
