tab-learning = Learning
learning-actions = What is to be done
learning-actions-none = No action is open. A project manager or MEAL officer gives one to somebody, with a day by which it is done.
learning-late = { $count ->
    [one] 1 action is overdue.
   *[other] { $count } actions are overdue.
}
learning-settled = { $count ->
    [one] 1 action is done or dropped
   *[other] { $count } actions are done or dropped
}
learning-cut = The first { $count } are listed.
learning-entries = What was learnt
learning-none = Nothing was written down yet. Write down what worked, what failed and what was decided while it is fresh.
learning-none-of-kind = Nothing of this kind was written down yet.
learning-questions = Learning questions
learning-questions-none = No question was asked yet. Ask what the project wants to find out while it works, and answer it from what was learnt.
learning-rules = Rules that ask for an action
learning-rules-text = When an indicator has been off track for so many periods in a row, somebody gets an action. A period is judged once all its figures are verified, after its last day: when the last of them is, or within an hour after the day. A rule for one indicator stands in place of the rule for every indicator.
learning-rules-none = There is no rule yet.
action-what = Action
action-late = { $count ->
    [one] 1 day overdue
   *[other] { $count } days overdue
}
action-by-rule = { $count ->
    [one] Asked for by a rule: off track in { $period }
   *[other] Asked for by a rule: off track for { $count } periods in a row, the last of them { $period }
}
action-why = Why
action-follows = Follows from
action-lesson = what was learnt
action-add = Give somebody an action
action-assign = Change what is to be done, by whom and until when
action-progress = How it goes
action-take-up = This was confirmed. If you change it, it waits to be confirmed anew.
action-verify = Confirm that it is done
action-verify-text = The action was reported as done. Confirm it, or take it up again below.
action-verified-by = by { $name }
action-self-verified = by the one who did it
entry-add = Write something down
entry-share = Share it beyond the project: who reads the lessons of the whole organisation, such as a safeguarding focal point, reads it too
entry-shared = shared
entry-no-action = Nothing was given to anybody because of this yet.
entry-kind-lesson = Lesson
entry-kind-good-practice = Good practice
entry-kind-failure = Failure
entry-kind-decision = Decision
entry-kind-after-action = Review after the event
question-add = Ask a question
question-no-entry = Nothing was learnt about this yet.
rule-every = Every indicator
rule-days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
rule-periods = { $count ->
    [one] 1 period
   *[other] { $count } periods in a row
}
rule-text = { $count ->
    [one] Off track in 1 period: { $owner } gets an action, due within { $days }
   *[other] Off track for { $count } periods in a row: { $owner } gets an action, due within { $days }
}
rule-add = Add the rule
rule-switch-off = Switch off
need-action = { $action }: due on { $day }
need-action-late = { $count ->
    [one] { $action }: was due on { $day }, 1 day overdue
   *[other] { $action }: was due on { $day }, { $count } days overdue
}
field-entry = What was learnt
field-entry-kind = Kind
field-on-day = Day
field-what-happened = What happened
field-why = Why
field-implication = What follows from it
field-question = Learning question
field-method = How an answer is sought
field-answer = Answer
field-owner = Who does it
field-due-on = Due
field-outcome-note = What came of it
field-periods = Off track for
field-within-days = Days until the action is due
field-shared = Shared beyond the project
hint-implication = What this project, or another one, should do otherwise or again.
hint-outcome-note = Needed once the action is done or dropped.
hint-answer = Needed once the question is answered.
hint-within-days = From 1 to 365.
status-done = Done
status-dropped = Dropped
status-answered = Answered
status-overdue = Overdue
problem-action-verified = This action was confirmed, so it stays as it is. A project manager or MEAL officer can take it up again.
problem-action-not-done = Only an action that is reported as done, and not confirmed yet, can be confirmed.
problem-own-action = You do this action, or reported it as done: somebody else confirms it.
notice-action-added = The action was given.
notice-action-verified = It is confirmed that the action is done.
notice-entry-added = It was written down.
notice-question-added = The question was asked.
notice-rule-added = The rule holds from now on. Within an hour it is judged for the periods that are over.
notice-rule-switched-off = The rule was switched off. What it asked for stays.
action-learning-question-added = Asked a learning question
action-learning-question-updated = Changed a learning question
action-learning-entry-added = Wrote down what was learnt
action-learning-entry-updated = Changed what was learnt
action-learning-action-added = Gave somebody an action
action-learning-action-assigned = Changed an action, its owner or its day
action-learning-action-updated = Said how an action goes
action-learning-action-verified = Confirmed that an action is done
action-learning-rule-added = Added a rule that asks for actions
action-learning-actions-asked = Asked for actions by a rule, when the period was over
action-learning-rule-switched-off = Switched off a rule that asks for actions
audit-family-learning = Learning
table-learning-question = learning question
table-learning-entry = what was learnt
table-adaptation-action = action
table-trigger-rule = rule that asks for actions
column-question = Question
column-question-id = Learning question
column-why = Why
column-method = How an answer is sought
column-answer = Answer
column-on-day = Day
column-what-happened = What happened
column-implication = What follows from it
column-shared = Shared beyond the project
column-entry-id = What was learnt
column-owner-id = Who does it
column-due-on = Due
column-outcome-note = What came of it
column-done-by = Reported as done by
column-rule-id = Rule
column-days = Days
entry-other-question = A question that is not listed here
problem-title-action-over = This action is over
problem-action-over = It was done, or dropped, by who has it. Take it up again first if somebody else is to do it.
