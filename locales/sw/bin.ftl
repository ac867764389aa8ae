bin-title = Pipa
bin-open = Pipa: vilivyofutwa katika siku 30 zilizopita
bin-text = { $count ->
    [one] Kinachofutwa katika mradi huu hukaa hapa kwa siku moja na kinaweza kurejeshwa. Kisha hupotea kabisa; kwamba kilikuwepo kunabaki kwenye kumbukumbu ya ukaguzi.
   *[other] Kinachofutwa katika mradi huu hukaa hapa kwa siku { $count } na kinaweza kurejeshwa. Kisha hupotea kabisa; kwamba kilikuwepo kunabaki kwenye kumbukumbu ya ukaguzi.
}
bin-none = Hakuna kitu kwenye pipa.
bin-cut = Vitu { $count } vilivyofutwa mwisho vimeorodheshwa.
bin-kind = Aina
bin-kind-result-node = tokeo
bin-kind-budget-line = kifungu cha bajeti
bin-kind-report-section = sehemu ya ripoti
bin-kind-evidence = ushahidi
bin-until = Hufutwa kabisa tarehe
bin-take-back = Rejesha
bin-not-yours = Anayeruhusiwa kukifuta anaweza kukirejesha.
bin-delete = Futa kabisa
bin-delete-text = Kwa faili ambalo watu hawakuliridhia, au ambalo nafasi yake inahitajika. Hakuna anayeweza kulirejesha.
delete-type = Andika: { $name }
delete-type-code = Andika msimbo wa kifungu.
field-confirm = Jina lake
fault-not-its-name = Hilo si jina lake. Angalia tena kama ndicho hicho.
notice-taken-back = Kimerejeshwa.
notice-evidence-deleted = Faili limefutwa kabisa.
problem-bin-parent-gone = Tokeo ambalo kilikuwa chini yake nalo liko kwenye pipa, au halipo tena. Rejesha hilo kwanza.
problem-bin-too-deep = Mfumo wa matokeo una ngazi chache zaidi sasa. Ongeza ngazi kwanza.
problem-bin-code-taken = Kitu kingine kina msimbo wake sasa. Badilisha msimbo wa hicho kwanza.
problem-bin-file-gone = Faili lake halipo tena, kwa hiyo haliwezi kurejeshwa.
action-bin-taken-back = Amerejesha kitu kutoka kwenye pipa
action-bin-emptied = Vilivyokaa kwenye pipa kwa siku 30 vimefutwa kabisa
action-evidence-deleted = Amefuta ushahidi kabisa
audit-family-bin = Pipa
