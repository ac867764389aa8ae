tab-learning = Mafunzo
learning-actions = Yanayopaswa kufanywa
learning-actions-none = Hakuna hatua iliyo wazi. Meneja wa mradi au afisa MEAL humpa mtu hatua, pamoja na siku ya kuikamilisha.
learning-late = { $count ->
    [one] Hatua 1 imechelewa.
   *[other] Hatua { $count } zimechelewa.
}
learning-settled = { $count ->
    [one] Hatua 1 imekamilika au imeachwa
   *[other] Hatua { $count } zimekamilika au zimeachwa
}
learning-cut = Za kwanza { $count } zimeorodheshwa.
learning-entries = Tuliyojifunza
learning-none = Bado hakuna kilichoandikwa. Andika kilichofanya kazi, kilichoshindikana na kilichoamuliwa kikiwa bado kipya akilini.
learning-none-of-kind = Bado hakuna cha aina hii kilichoandikwa.
learning-questions = Maswali ya kujifunza
learning-questions-none = Bado hakuna swali lililoulizwa. Uliza kile ambacho mradi unataka kukijua wakati wa kazi, na ulijibu kutokana na mliyojifunza.
learning-rules = Kanuni zinazoanzisha hatua
learning-rules-text = Kiashiria kikikwama kwa vipindi hivyo mfululizo, mtu hupewa hatua. Kipindi huhukumiwa takwimu zake zote zikiwa zimethibitishwa na kipindi kimeisha: ya mwisho inapothibitishwa, au ndani ya saa moja baada ya siku yake ya mwisho. Kanuni ya kiashiria kimoja huchukua nafasi ya kanuni ya kila kiashiria.
learning-rules-none = Bado hakuna kanuni.
action-what = Hatua
action-late = { $count ->
    [one] imechelewa siku 1
   *[other] imechelewa siku { $count }
}
action-by-rule = { $count ->
    [one] Imeanzishwa na kanuni: kiashiria kimekwama katika { $period }
   *[other] Imeanzishwa na kanuni: kiashiria kimekwama kwa vipindi { $count } mfululizo, cha mwisho { $period }
}
action-why = Sababu
action-follows = Inatokana na
action-lesson = tuliyojifunza
action-add = Mpe mtu hatua
action-assign = Badilisha kinachopaswa kufanywa, na nani na hadi lini
action-progress = Inavyoendelea
action-take-up = Hii imethibitishwa. Ukiibadilisha, itasubiri kuthibitishwa upya.
action-verify = Thibitisha kuwa imekamilika
action-verify-text = Imeripotiwa kuwa hatua imekamilika. Ithibitishe, au ianze tena hapa chini.
action-verified-by = na { $name }
action-self-verified = na aliyeifanya mwenyewe
entry-add = Andika jambo
entry-share = Lishirikishe nje ya mradi: wanaosoma mafunzo ya shirika zima, kama mratibu wa ulinzi, watalisoma pia
entry-shared = limeshirikishwa
entry-no-action = Bado hakuna aliyepewa hatua kutokana na hili.
entry-kind-lesson = Fundisho
entry-kind-good-practice = Utendaji mzuri
entry-kind-failure = Kilichoshindikana
entry-kind-decision = Uamuzi
entry-kind-after-action = Tathmini baada ya tukio
question-add = Uliza swali
question-no-entry = Bado hakuna lililojifunzwa kuhusu hili.
rule-every = Kila kiashiria
rule-days = { $count ->
    [one] siku 1
   *[other] siku { $count }
}
rule-periods = { $count ->
    [one] kipindi 1
   *[other] vipindi { $count } mfululizo
}
rule-text = { $count ->
    [one] Kikikwama katika kipindi 1: { $owner } anapewa hatua, ya kukamilishwa ndani ya { $days }
   *[other] Kikikwama kwa vipindi { $count } mfululizo: { $owner } anapewa hatua, ya kukamilishwa ndani ya { $days }
}
rule-add = Ongeza kanuni
rule-switch-off = Zima
need-action = { $action }: ikamilike ifikapo { $day }
need-action-late = { $count ->
    [one] { $action }: ilipaswa kukamilika { $day }, imechelewa siku 1
   *[other] { $action }: ilipaswa kukamilika { $day }, imechelewa siku { $count }
}
field-entry = Lililojifunzwa
field-entry-kind = Aina
field-on-day = Siku
field-what-happened = Kilichotokea
field-why = Kwa nini
field-implication = Kinachofuata
field-question = Swali la kujifunza
field-method = Namna ya kutafuta jibu
field-answer = Jibu
field-owner = Anayeifanya
field-due-on = Mwisho wa kukamilisha
field-outcome-note = Matokeo yake
field-periods = Kukwama kwa
field-within-days = Siku hadi mwisho wa kukamilisha hatua
field-shared = Limeshirikishwa nje ya mradi
hint-implication = Kile ambacho mradi huu, au mwingine, unapaswa kufanya tofauti au tena.
hint-outcome-note = Huhitajika hatua inapokamilika au kuachwa.
hint-answer = Huhitajika swali linapojibiwa.
hint-within-days = Kuanzia 1 hadi 365.
status-done = Imekamilika
status-dropped = Imeachwa
status-answered = Limejibiwa
status-overdue = Imechelewa
problem-action-verified = Hatua hii imethibitishwa, kwa hiyo inabaki ilivyo. Meneja wa mradi au afisa MEAL anaweza kuianzisha tena.
problem-action-not-done = Hatua inayoweza kuthibitishwa ni ile tu iliyoripotiwa kuwa imekamilika na ambayo bado haijathibitishwa.
problem-own-action = Wewe ndiye unayeifanya hatua hii, au uliiripoti kuwa imekamilika: mtu mwingine ataithibitisha.
notice-action-added = Hatua imetolewa.
notice-action-verified = Imethibitishwa kuwa hatua imekamilika.
notice-entry-added = Limeandikwa.
notice-question-added = Swali limeulizwa.
notice-rule-added = Kanuni inatumika kuanzia sasa. Ndani ya saa moja itahukumu vipindi vilivyoisha.
notice-rule-switched-off = Kanuni imezimwa. Ilichoanzisha kinabaki.
action-learning-question-added = Ameuliza swali la kujifunza
action-learning-question-updated = Amebadilisha swali la kujifunza
action-learning-entry-added = Ameandika lililojifunzwa
action-learning-entry-updated = Amebadilisha lililojifunzwa
action-learning-action-added = Amempa mtu hatua
action-learning-action-assigned = Amebadilisha hatua, anayeifanya au siku yake
action-learning-action-updated = Ameeleza hatua inavyoendelea
action-learning-action-verified = Amethibitisha kuwa hatua imekamilika
action-learning-rule-added = Ameongeza kanuni inayoanzisha hatua
action-learning-actions-asked = Ameanzisha hatua kwa kanuni, kipindi kilipoisha
action-learning-rule-switched-off = Amezima kanuni inayoanzisha hatua
audit-family-learning = Mafunzo
table-learning-question = swali la kujifunza
table-learning-entry = lililojifunzwa
table-adaptation-action = hatua
table-trigger-rule = kanuni inayoanzisha hatua
column-question = Swali
column-question-id = Swali la kujifunza
column-why = Kwa nini
column-method = Namna ya kutafuta jibu
column-answer = Jibu
column-on-day = Siku
column-what-happened = Kilichotokea
column-implication = Kinachofuata
column-shared = Limeshirikishwa nje ya mradi
column-entry-id = Lililojifunzwa
column-owner-id = Anayeifanya
column-due-on = Mwisho wa kukamilisha
column-outcome-note = Matokeo yake
column-done-by = Aliyeripoti kuwa imekamilika
column-rule-id = Kanuni
column-days = Siku
entry-other-question = Swali ambalo halijaorodheshwa hapa
problem-title-action-over = Hatua hii imeisha
problem-action-over = Imekamilishwa, au kuachwa, na aliyenayo. Ianzishe tena kwanza kama mwingine ataifanya.
