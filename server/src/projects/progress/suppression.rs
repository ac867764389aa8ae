//! Which cells are hidden where figures leave the organisation: small groups, and as many others as it takes that no hidden one can be
//! worked out from the total.

use rust_decimal::Decimal;

/// Whether the cells of one dimension are hidden. Those of `already` are, whatever they count: they are hidden elsewhere, and could be
/// worked out from here. `counts` are the people (or things) behind each cell: of a percentage those who were
/// asked and, where fewer, those who answered. A cell of 1 to `threshold − 1` is hidden; 0 is not a group. Where the cells make the total,
/// which stays shown, the next smallest are hidden too until at least two are, with at least `threshold` in them together.
#[must_use]
pub fn hidden(counts: &[Option<Decimal>], already: &[bool], threshold: Decimal, make_the_total: bool) -> Vec<bool> {
    let small = |count: &Decimal| *count > Decimal::ZERO && *count < threshold;
    let known = |at: usize| already.get(at).copied().unwrap_or(false);
    let mut out: Vec<bool> =
        counts.iter().enumerate().map(|(at, count)| count.as_ref().is_some_and(|count| small(count) || known(at))).collect();
    if !make_the_total || !out.contains(&true) {
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
    while !is_safe(counts, &out, threshold)
        && let Some((_, _, at)) = shown.pop()
    {
        out[at] = true;
    }
    out
}

/// Whether what is hidden can be told from the total by nobody: it is several cells, and together no small group either.
fn is_safe(counts: &[Option<Decimal>], out: &[bool], threshold: Decimal) -> bool {
    let hidden: Vec<Decimal> = counts.iter().zip(out).filter(|(_, hidden)| **hidden).filter_map(|(count, _)| *count).collect();
    hidden.len() >= 2 && hidden.iter().sum::<Decimal>() >= threshold
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(counts: &[i64], make_the_total: bool) -> String {
        let counts: Vec<_> = counts.iter().map(|n| (*n >= 0).then(|| Decimal::from(*n))).collect();
        let hidden = hidden(&counts, &[], Decimal::from(5), make_the_total);
        let text = |(count, hidden): (&Option<Decimal>, &bool)| match count {
            _ if *hidden => "*".to_owned(),
            Some(count) => count.to_string(),
            None => "-".to_owned(),
        };
        counts.iter().zip(&hidden).map(text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn no_hidden_cell_is_told_by_the_total() {
        let table: [(&[i64], bool, &str); 10] = [
            (&[60, 40], true, "60 40"),
            (&[60, 4], true, "* *"),             // the other one would be total − 60
            (&[60, 4, 30], true, "60 * *"),      // the next smallest goes with it
            (&[60, 3, 4], true, "60 * *"),       // two, with 7 in them
            (&[60, 1, 1, 9], true, "60 * * *"),  // two, with 2 in them: a small group together
            (&[60, 0, 4, 30], true, "60 0 * *"), // nobody is no group, and hides nobody
            (&[4, 0], true, "* *"),              // unless there is nobody else
            (&[-1, 4, 50, 60], true, "- * * 60"),
            (&[60, 4, 90], false, "60 * 90"), // the same person may be in several: nothing adds up
            (&[], true, ""),
        ];
        for (counts, total, expected) in table {
            assert_eq!(shown(counts, total), expected, "{counts:?} {total}");
        }
        let year = [193, 244, 90].map(|n| Some(Decimal::from(n)));
        assert_eq!(hidden(&year, &[true, true, false], Decimal::from(5), true), [true, true, false], "a quarter hides them too");
    }
}
