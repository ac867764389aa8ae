periods-title = Vipindi vya ripoti
periods-none = Bado hakuna vipindi. Unda hapa chini, au leta faili linaloviunda.
periods-shown = Vipindi vipya { $shown } kati ya { $all } vinaonyeshwa.
window-from = Kuingiza kuanzia { $first }
window-until = Kuingiza hadi { $last }
window-between = Kuingiza kuanzia { $first } hadi { $last }
periods-new = Unda vipindi
periods-make = Unda vipindi
period-lock = Funga
period-lock-label = Funga { $period }
period-unlock = Fungua
period-unlock-label = Fungua { $period }
period-window = Muda wa kuingiza
period-window-label = Weka muda wa kuingiza takwimu za { $period }
field-window-opens = Kuingiza kuanzia (tupu: siku yoyote)
field-window-closes = Kuingiza hadi (tupu: siku yoyote)
notice-period-window-set = Muda wa kuingiza umewekwa.
action-period-window-set = Ameweka muda wa kuingiza takwimu za kipindi
field-days = Siku, hadi 14
locations-title = Maeneo
locations-none = Bado hakuna maeneo.
location-new = Ongeza eneo
people-title = Watu
problem-title-period-locked = Kipindi hiki kimefungwa
problem-period-locked = Takwimu zake zimekamilishwa. Meneja wa mradi au msimamizi anaweza kukifungua kwa hadi siku kumi na nne, akitoa sababu.
problem-title-period-closed = Muda wa kuingiza takwimu umekwisha
problem-period-closed = Siku ya mwisho ya kuingiza imepita. Meneja wa mradi au afisa MEAL bado anaweza kuingiza takwimu.
problem-title-period-not-open = Kipindi hiki bado hakijafunguliwa
problem-period-not-open = Takwimu zinaweza kuingizwa muda wake ukifunguliwa: “Mpangilio” huonyesha lini. Meneja wa mradi au afisa MEAL anaweza kukueleza zaidi.
locations-count = { $count ->
    [one] Eneo 1
   *[other] Maeneo { $count }
}
period-unlock-do = Fungua
period-window-do = Hifadhi
fault-before-opening = Hii ni kabla ya siku ya kwanza ya kuingiza.
fault-too-many-periods = Hivi vingekuwa vipindi zaidi ya 240. Chagua siku chache zaidi.
