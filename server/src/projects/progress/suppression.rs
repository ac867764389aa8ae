//! Which cells are hidden where figures leave the organisation: small groups, and as many others as it takes that no hidden one can be
//! worked out: not from the total, not from what an earlier publication told of the same column, and not from what it told of another
//! column of a running total.
//!
//! Who reads is taken to know this rule, the total, every cell that is shown, and which group was the one that changed between two
//! versions. They must always find it possible that a small group has the threshold of [`hidden`] or more; the tests in `disclosure.rs` try to find out
//! more, as a reader would. Where all cells of a dimension are hidden only totals are left, which tell what they tell.

use rust_decimal::Decimal;

/// What an earlier publication told of the cells, one each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Whether it told of the same column; else of another one of a running total, from which increments can be worked out.
    pub same_column: bool,
    /// What it told.
    pub cells: Vec<Told>,
}

/// What was told of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// That there is no figure.
    Nothing,
    /// That it is hidden.
    Hidden,
    /// Its figure.
    Figure(Decimal),
}

impl Told {
    fn figure(self) -> Option<Decimal> {
        match self {
            Self::Figure(figure) => Some(figure),
            Self::Nothing | Self::Hidden => None,
        }
    }

    /// How many the total was told to have of it: what was not reported is none of it.
    fn counted(self) -> Option<Decimal> {
        match self {
            Self::Figure(figure) => Some(figure),
            Self::Nothing => Some(Decimal::ZERO),
            Self::Hidden => None,
        }
    }
}

/// The cells of one dimension, or places, in one column.
struct Cells<'a> {
    counts: &'a [Option<Decimal>],
    earlier: &'a [Earlier],
    threshold: Decimal,
}

/// Whether the cells of one dimension, or places, are hidden. Those of `already` are, whatever they count: they are hidden elsewhere, and
/// could be worked out from here. `counts` are the people (or things) behind each cell: of a percentage those who were asked and, where
/// fewer, those who answered. A cell of 1 to `threshold − 1` is hidden; 0 is not a group. So is a cell that an earlier publication of the
/// column hid, though nothing is reported of it any more, and one of a running total whose increment since another column is small. Where
/// the cells make the total, which stays shown, the next smallest are hidden too until nothing tells a small one.
#[must_use]
pub fn hidden(counts: &[Option<Decimal>], already: &[bool], earlier: &[Earlier], threshold: Decimal, make_the_total: bool) -> Vec<bool> {
    let cells = Cells { counts, earlier, threshold };
    let known = |at: usize| already.get(at).copied().unwrap_or(false);
    let is_hidden = |at: usize| match counts[at] {
        Some(count) => known(at) || cells.is_hidden_by_itself(at, count),
        // that nothing is left of it would tell what it was
        None => cells.was_hidden(at),
    };
    let mut out: Vec<bool> = (0..counts.len()).map(is_hidden).collect();
    if !make_the_total {
        return out;
    }
    // what is shown and can still be hidden, the largest last to be taken from the end first; zeros only where nothing else is left
    let mut shown: Vec<(bool, Decimal, usize)> = counts
        .iter()
        .enumerate()
        .filter(|(at, _)| !out[*at])
        .filter_map(|(at, count)| count.map(|count| (count.is_zero(), count, at)))
        .collect();
    shown.sort_unstable_by(|a, b| b.cmp(a));
    while !cells.is_safe(&out)
        && let Some((_, _, at)) = shown.pop()
    {
        out[at] = true;
    }
    out
}

impl Cells<'_> {
    fn is_small(&self, count: Decimal) -> bool {
        !count.is_zero() && count.abs() < self.threshold
    }

    fn count(&self, at: usize) -> Decimal {
        self.counts[at].unwrap_or_default()
    }

    /// Whether an earlier publication of the same column hid it.
    fn was_hidden(&self, at: usize) -> bool {
        self.earlier.iter().any(|earlier| earlier.same_column && earlier.cells[at] == Told::Hidden)
    }

    fn is_hidden_by_itself(&self, at: usize, count: Decimal) -> bool {
        let mut others = self.earlier.iter().filter(|earlier| !earlier.same_column).filter_map(|earlier| earlier.cells[at].figure());
        self.is_small(count) || self.was_hidden(at) || others.any(|was| self.is_small(count - was))
    }

    /// Whether several hidden numbers, of which the sum is known, tell none of them: each may be as large as the threshold while every other
    /// one is 1.
    fn is_enough(&self, numbers: &[Decimal]) -> bool {
        let others = numbers.iter().filter(|number| !number.is_zero()).count().saturating_sub(1);
        numbers.len() >= 2 && numbers.iter().map(Decimal::abs).sum::<Decimal>() >= self.threshold + Decimal::from(others)
    }

    /// Whether what is hidden can be told by nobody.
    fn is_safe(&self, out: &[bool]) -> bool {
        let gone: Vec<usize> = (0..out.len()).filter(|at| out[*at]).collect();
        let counts: Vec<Decimal> = gone.iter().map(|at| self.count(*at)).collect();
        gone.is_empty()
            || (self.is_enough(&counts)
                && self.earlier.iter().all(|earlier| {
                    if earlier.same_column { self.is_safe_beside(&gone, earlier) } else { self.is_safe_along(&gone, earlier) }
                }))
    }

    /// Beside an earlier version of the column, where nothing but one group changed.
    fn is_safe_beside(&self, gone: &[usize], earlier: &Earlier) -> bool {
        let (still, fresh): (Vec<usize>, Vec<usize>) = gone.iter().copied().partition(|at| earlier.cells[*at] == Told::Hidden);
        let of = |cells: &[usize]| cells.iter().map(|at| self.count(*at)).collect::<Vec<_>>();
        let small = |cells: &[usize]| cells.iter().copied().filter(|at| self.is_small(self.count(*at))).collect::<Vec<_>>();
        // what both hide is known together, as if the rest had not changed
        if !small(&still).is_empty() && !self.is_enough(&of(&still)) {
            return false;
        }
        let told = small(&fresh);
        if told.is_empty() {
            return true;
        }
        self.is_enough(&of(&fresh)) && told.iter().all(|at| self.may_be_another(*at, &fresh, earlier))
    }

    /// Whether it may be another one of the newly hidden groups that changed: that it was it is plain where there was nobody before, and where
    /// no other one has as many to lose.
    fn may_be_another(&self, at: usize, fresh: &[usize], earlier: &Earlier) -> bool {
        let Some(was) = earlier.cells[at].figure().filter(|was| !was.is_zero()) else { return false };
        let moved = self.count(at) - was;
        fresh.iter().any(|other| *other != at && self.count(*other) + moved >= Decimal::ONE)
    }

    /// Along a running total: beside another column of it.
    fn is_safe_along(&self, gone: &[usize], earlier: &Earlier) -> bool {
        let increments: Vec<Decimal> = gone.iter().filter_map(|at| Some(self.count(*at) - earlier.cells[*at].counted()?)).collect();
        if increments.iter().any(|increment| self.is_small(*increment)) && !self.is_enough(&increments) {
            return false;
        }
        // a hidden one is at least what was told of it, so that what the others can be is less
        let least = |at: &usize| earlier.cells[*at].figure().unwrap_or(Decimal::ONE);
        let room = gone.iter().map(|at| self.count(*at)).sum::<Decimal>() - gone.iter().map(least).sum::<Decimal>();
        let guarded = |at: &&usize| self.is_small(self.count(**at)) || earlier.cells[**at] == Told::Hidden;
        gone.iter().filter(guarded).all(|at| room + least(at) >= self.threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(counts: &[Option<Decimal>], hidden: &[bool]) -> String {
        let text = |(count, hidden): (&Option<Decimal>, &bool)| match count {
            _ if *hidden => "*".to_owned(),
            Some(count) => count.to_string(),
            None => "-".to_owned(),
        };
        counts.iter().zip(hidden).map(text).collect::<Vec<_>>().join(" ")
    }

    fn numbers(counts: &[i64]) -> Vec<Option<Decimal>> {
        counts.iter().map(|n| (*n >= 0).then(|| Decimal::from(*n))).collect()
    }

    fn shown(counts: &[i64], earlier: &[Earlier], make_the_total: bool) -> String {
        let counts = numbers(counts);
        text(&counts, &hidden(&counts, &[], earlier, Decimal::from(5), make_the_total))
    }

    /// `-1` for no figure, `-2` for hidden.
    fn told(same_column: bool, cells: &[i64]) -> Earlier {
        let told = |n: &i64| match n {
            -2 => Told::Hidden,
            -1 => Told::Nothing,
            n => Told::Figure((*n).into()),
        };
        Earlier { same_column, cells: cells.iter().map(told).collect() }
    }

    #[test]
    fn no_hidden_cell_is_told_by_the_total() {
        let table: [(&[i64], bool, &str); 12] = [
            (&[60, 40], true, "60 40"),
            (&[60, 4], true, "* *"),             // the other one would be total − 60
            (&[60, 4, 30], true, "60 * *"),      // the next smallest goes with it
            (&[60, 3, 4], true, "60 * *"),       // two, with 7 in them
            (&[60, 1, 1, 9], true, "60 * * *"),  // two, with 2 in them: a small group together
            (&[60, 0, 4, 30], true, "60 0 * *"), // nobody is no group, and hides nobody
            (&[4, 0], true, "* *"),              // unless there is nobody else
            (&[-1, 4, 50, 60], true, "- * * 60"),
            (&[60, 4, 90], false, "60 * 90"), // the same person may be in several: nothing adds up
            (&[60, 1, 1, 1, 1, 1], true, "* * * * * *"), // five with 5 in them: each is 1
            (&[60, 70, 1, 1, 1, 1, 1], true, "* 70 * * * * *"),
            (&[], true, ""),
        ];
        for (counts, total, expected) in table {
            assert_eq!(shown(counts, &[], total), expected, "{counts:?} {total}");
        }
        let year = [193, 244, 90].map(|n| Some(Decimal::from(n)));
        assert_eq!(hidden(&year, &[true, true, false], &[], Decimal::from(5), true), [true, true, false], "a quarter hides them too");
    }

    #[test]
    fn a_later_version_tells_nothing_of_an_earlier_one() {
        let table: [(&[i64], &[i64], &str); 8] = [
            (&[60, 40, 7], &[60, -2, -2], "60 * *"),                 // shown now, it would tell what it was
            (&[60, 40, -1], &[60, -2, -2], "60 * *"),                // and so would that nothing is left of it
            (&[60, 40, 3], &[60, 40, -1], "* * *"),                  // it is plain who came
            (&[60, 40, 7], &[60, 40, 7], "60 40 7"),                 // as it was told
            (&[62, 40, 7], &[60, 40, 7], "62 40 7"),                 // a correction that is told
            (&[60, 40, 30, 3], &[60, 40, 30, 10], "60 40 * *"),      // which of two changed is not told
            (&[60, 40, 3], &[60, 40, 0], "* * *"),                   // there was nobody: it is plain who changed
            (&[90, 80, 6, 1, 3], &[90, 80, 9, -2, -2], "* * * * *"), // the two that stay hidden are 4 together
        ];
        for (counts, before, expected) in table {
            assert_eq!(shown(counts, &[told(true, before)], true), expected, "{before:?} → {counts:?}");
        }
    }

    #[test]
    fn a_running_total_tells_no_small_increment() {
        let table: [(&[i64], &[i64], &str); 6] = [
            (&[70, 50], &[60, 40], "70 50"),
            (&[8, 3, 1, 30], &[8, -2, -1, -2], "* * * *"), // one who came where nobody was: all the others only grow
            (&[63, 60], &[60, 40], "* *"),                 // three more women
            (&[63, 60, 90], &[60, 40, 90], "* * 90"),      // with the next smallest, by whom it may have grown as well
            (&[60, 40], &[60, 40], "60 40"),               // nobody more
            (&[63, 60], &[-2, -2], "63 60"),               // from an unknown figure nothing grows
        ];
        for (counts, before, expected) in table {
            assert_eq!(shown(counts, &[told(false, before)], true), expected, "{before:?} → {counts:?}");
        }
    }
}
