//! A reader who tries to work out what is hidden: by every set of figures that fits all that was told. They know the rule, the totals, the
//! cells that are shown and that a hidden one has somebody in it; of two versions also that one group changed and no other. Groups of a
//! dimension and places are the same to them, but that of a place nothing may be told at all, before it is there or after it has gone.

use rust_decimal::Decimal;

use super::samples::Dice;
use super::suppression::{Earlier, Told, hidden};

const TRIES: usize = 4_000;

/// Figures of one dimension, or of places, as they were told: none where hidden.
struct Publication {
    counts: Vec<i64>,
    shown: Vec<Option<i64>>,
    /// Of those with nobody in them, whether nothing was told of them. To a reader that is as much as that there was nobody.
    nothing: Vec<bool>,
}

fn publish(counts: &[i64], earlier: Option<(&Publication, bool)>, threshold: i64) -> Publication {
    publish_without(counts, &vec![false; counts.len()], earlier, threshold)
}

fn publish_without(counts: &[i64], nothing: &[bool], earlier: Option<(&Publication, bool)>, threshold: i64) -> Publication {
    let earlier: Vec<Earlier> = earlier
        .iter()
        .map(|(before, same_column)| Earlier { same_column: *same_column, cells: (0..counts.len()).map(|at| before.told(at)).collect() })
        .collect();
    let figures: Vec<Option<Decimal>> =
        counts.iter().zip(nothing).map(|(count, nothing)| (!nothing).then(|| Decimal::from(*count))).collect();
    let hidden = hidden(&figures, &[], &earlier, threshold.into(), true);
    let shown = counts.iter().zip(hidden).map(|(count, hidden)| (!hidden).then_some(*count)).collect();
    Publication { counts: counts.to_vec(), shown, nothing: nothing.to_vec() }
}

impl Publication {
    fn told(&self, at: usize) -> Told {
        match self.shown[at] {
            None => Told::Hidden,
            Some(_) if self.nothing[at] => Told::Nothing,
            Some(figure) => Told::Figure(figure.into()),
        }
    }

    /// Whether nobody is shown any more, so that totals are all there is.
    fn is_bare(&self) -> bool {
        self.shown.iter().all(|cell| cell.is_none_or(|count| count == 0))
    }

    /// Every set of figures that fits: the hidden ones make what is left of the total, and none of them is less than `least` says.
    fn candidates(&self, least: impl Fn(usize) -> i64) -> Vec<Vec<i64>> {
        let total: i64 = self.counts.iter().sum();
        let mut all = vec![(Vec::new(), total - self.shown.iter().flatten().sum::<i64>())];
        for (at, cell) in self.shown.iter().enumerate() {
            let mut next = Vec::new();
            for (begun, left) in all {
                let choices = match cell {
                    Some(count) => *count..=*count,
                    None => least(at)..=left,
                };
                for count in choices {
                    let mut figures: Vec<i64> = begun.clone();
                    figures.push(count);
                    next.push((figures, if cell.is_some() { left } else { left - count }));
                }
            }
            all = next;
        }
        all.into_iter().filter(|(_, left)| *left == 0).map(|(figures, _)| figures).collect()
    }

    fn small(&self, threshold: i64) -> impl Iterator<Item = usize> {
        let small = self.counts.iter().enumerate().filter(move |(_, count)| (1..threshold).contains(*count));
        small.map(|(at, _)| at)
    }
}

fn some(dice: &mut Dice, choices: &[i64]) -> Vec<i64> {
    (0..2 + dice.below(3)).map(|_| dice.pick(choices)).collect()
}

const COUNTS: [i64; 11] = [0, 0, 1, 2, 3, 3, 5, 6, 8, 10, 12];

/// Plays many rounds at each threshold. A round answers how many small groups there were to be told: without enough of them nothing is shown.
fn play(seed: u64, round: impl Fn(&mut Dice, i64) -> usize) {
    let mut dice = Dice(seed);
    let mut tried = 0;
    for threshold in [3, 4, 5] {
        for _ in 0..TRIES {
            tried += round(&mut dice, threshold);
        }
    }
    assert!(tried > TRIES / 4, "{tried}");
}

#[test]
fn no_small_group_is_told_by_one_publication() {
    play(6, |dice, threshold| {
        let told = publish(&some(dice, &COUNTS), None, threshold);
        if told.is_bare() {
            return 0;
        }
        let fits = told.candidates(|_| 1);
        for at in told.small(threshold) {
            assert!(told.shown[at].is_none() && fits.iter().any(|it| it[at] >= threshold), "{:?} {:?} {at}", told.counts, told.shown);
        }
        told.small(threshold).count()
    });
}

#[test]
fn no_small_group_is_told_by_two_versions_of_a_column() {
    play(7, |dice, threshold| {
        let first = publish(&some(dice, &COUNTS), None, threshold);
        let mut counts = first.counts.clone();
        let changed = dice.below(u32::try_from(counts.len()).unwrap()) as usize;
        counts[changed] = dice.pick(&COUNTS);
        let second = publish(&counts, Some((&first, true)), threshold);
        tell_nothing_together(&first, &second, threshold)
    });
}

/// Where nobody is counted, nothing may be said of a place: it is not there yet, or any more.
fn gone(dice: &mut Dice, counts: &[i64]) -> Vec<bool> {
    counts.iter().map(|count| *count == 0 && dice.below(2) == 0).collect()
}

#[test]
fn no_small_place_is_told_by_two_versions_between_which_places_come_and_go() {
    play(9, |dice, threshold| {
        let counts = some(dice, &COUNTS);
        let nothing = gone(dice, &counts);
        let first = publish_without(&counts, &nothing, None, threshold);
        let (mut counts, mut nothing) = (counts, nothing);
        let changed = dice.below(u32::try_from(counts.len()).unwrap()) as usize;
        counts[changed] = dice.pick(&COUNTS);
        nothing[changed] = counts[changed] == 0 && dice.below(2) == 0;
        let second = publish_without(&counts, &nothing, Some((&first, true)), threshold);
        tell_nothing_together(&first, &second, threshold)
    });
}

/// Asserts that two versions of a column tell no small group; answers how many there were to be told.
fn tell_nothing_together(first: &Publication, second: &Publication, threshold: i64) -> usize {
    if first.is_bare() || second.is_bare() {
        return 0;
    }
    let fits = fits_both(first, second);
    let what = || format!("{:?} {:?} then {:?} {:?}", first.counts, first.shown, second.counts, second.shown);
    for at in first.small(threshold) {
        assert!(fits.iter().any(|(before, _)| before[at] >= threshold), "{} of {at}", what());
    }
    for at in second.small(threshold) {
        assert!(fits.iter().any(|(_, now)| now[at] >= threshold), "{} now of {at}", what());
    }
    first.small(threshold).count()
}

/// Pairs of figures that fit two versions between which one group changed.
fn fits_both(first: &Publication, second: &Publication) -> Vec<(Vec<i64>, Vec<i64>)> {
    let moved = second.counts.iter().sum::<i64>() - first.counts.iter().sum::<i64>();
    let mut fits = Vec::new();
    for before in first.candidates(|_| 1) {
        for at in 0..before.len() {
            let mut now = before.clone();
            now[at] += moved;
            let is_as_told = |at: usize| match (second.shown[at], first.shown[at]) {
                (Some(count), _) => now[at] == count,
                // what was hidden before stays so, perhaps with nobody in it
                (None, None) => now[at] >= 0,
                (None, Some(_)) => now[at] >= 1,
            };
            if (0..now.len()).all(is_as_told) {
                fits.push((before.clone(), now));
            }
        }
    }
    fits
}

#[test]
fn no_small_group_or_increment_is_told_by_a_running_total() {
    play(8, |dice, threshold| {
        let first = publish(&some(dice, &COUNTS), None, threshold);
        let counts = later(dice, &first.counts);
        let second = publish(&counts, Some((&first, false)), threshold);
        tell_no_increment(&first, &second, threshold)
    });
}

/// The stand of a running total some time later.
fn later(dice: &mut Dice, counts: &[i64]) -> Vec<i64> {
    counts.iter().map(|count| count + dice.pick(&[0, 0, 1, 2, 3, 5, 7])).collect()
}

#[test]
fn no_small_place_or_increment_is_told_by_a_running_total_to_which_places_come() {
    play(11, |dice, threshold| {
        let counts = some(dice, &COUNTS);
        let nothing = gone(dice, &counts);
        let first = publish_without(&counts, &nothing, None, threshold);
        let counts = later(dice, &counts);
        let nothing: Vec<bool> = nothing.iter().zip(&counts).map(|(nothing, count)| *nothing && *count == 0).collect();
        let second = publish_without(&counts, &nothing, Some((&first, false)), threshold);
        tell_no_increment(&first, &second, threshold)
    });
}

/// Asserts that two columns of a running total tell no small group and no small increment; answers how many groups there were to be told.
fn tell_no_increment(first: &Publication, second: &Publication, threshold: i64) -> usize {
    if first.is_bare() || second.is_bare() {
        return 0;
    }
    let (before, now) = (first.candidates(|_| 1), second.candidates(|_| 1));
    let grows = |(before, now): &(&Vec<i64>, &Vec<i64>)| before.iter().zip(*now).all(|(before, now)| now >= before);
    let fits: Vec<_> = before.iter().flat_map(|before| now.iter().map(move |now| (before, now))).filter(grows).collect();
    let what = || format!("{:?} {:?} then {:?} {:?}", first.counts, first.shown, second.counts, second.shown);
    for at in first.small(threshold) {
        assert!(fits.iter().any(|(before, _)| before[at] >= threshold), "{} of {at}", what());
    }
    for at in second.small(threshold) {
        assert!(fits.iter().any(|(_, now)| now[at] >= threshold), "{} now of {at}", what());
    }
    for at in (0..second.counts.len()).filter(|at| (1..threshold).contains(&(second.counts[*at] - first.counts[*at]))) {
        let first_fit = fits.first().map(|(before, now)| now[at] - before[at]);
        assert!(fits.iter().any(|(before, now)| Some(now[at] - before[at]) != first_fit), "{} grew of {at}", what());
    }
    first.small(threshold).count()
}
