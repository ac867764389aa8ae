use serde_json::{Value, json};

use super::super::plan::plan_import;
use super::{Catalogue, catalogue, day, found, mapping, plan_rows};
use crate::kernel::ids::{DimensionId, DimensionValueId};
use crate::kernel::wording::Wording;
use crate::projects::dimensions::{Dimension, DimensionValue};
use crate::projects::disaggregation::Scheme;
use crate::projects::progress::DimensionKind;

/// Litres are broken down by sex, from the first of January 2023 on.
fn by_sex(required: bool) -> Catalogue {
    let value = |(code, sw): (&str, &str)| DimensionValue {
        id: DimensionValueId::new(),
        code: code.into(),
        label: Wording::shipped(code, sw),
        is_unknown: false,
        archived: code == "other",
    };
    let sex = Dimension {
        id: DimensionId::new(),
        key: "sex".into(),
        name: Wording::shipped("Sex", "Jinsia"),
        kind: DimensionKind::ExclusiveExhaustive,
        values: [("female", "Mwanamke"), ("male", "Mwanamume"), ("other", "Nyingine")].map(value).to_vec(),
        row_version: 1,
    };
    let mut catalogue = catalogue();
    catalogue.indicators[0].schemes = vec![Scheme { valid_from: Some(day("2023-01-01")), dimensions: vec![sex], required }];
    catalogue
}

/// A figure with its cells.
type Made = (Option<String>, Value);

/// What a long file makes: issues, figures, and how many rows are valid and invalid.
fn planned(rows: &[&str], catalogue: &Catalogue) -> (Vec<String>, Vec<Made>, (u32, u32)) {
    let mapping = mapping(json!({"layout": "long", "dates": {"start": "start", "end": "end"}, "location": {"code": "site"},
        "indicator": "indicator", "value": "value", "dimensions": {"gender": "sex"}}));
    let rows: String = rows.iter().map(|row| format!("2023-01-01,2023-01-31,C1,{row}\n")).collect::<Vec<_>>().concat();
    let plan = plan_import(format!("start,end,site,indicator,gender,value\n{rows}").as_bytes(), &mapping, catalogue);
    let values = plan
        .values
        .iter()
        .map(|value| (value.value().map(|n| n.to_string()), value.cells.as_deref().cloned().unwrap_or_default().stored()))
        .collect();
    (found(&plan.issues), values, (plan.valid_rows, plan.invalid_rows))
}

#[test]
fn rows_of_cells_make_one_figure() {
    let catalogue = by_sex(true);
    let both = json!({"sex=female": "6", "sex=male": "4"});
    let whole = (Some("10".to_owned()), both.clone());
    let cases: [(&[&str], &[&str], Option<_>); 9] = [
        (&["litres,female,6", "litres,mwanamume,4"], &[], Some(whole.clone())),
        (&["litres,,10", "litres,female,6", "litres,Male,4"], &[], Some(whole)),
        (&["litres,,11", "litres,female,6", "litres,male,4"], &["2 - cells_disagree", "3 - figure_invalid", "4 - figure_invalid"], None),
        (&["litres,female,6"], &["2 - cell_missing"], None),
        (&["litres,,10"], &["2 - cells_required"], None),
        (&["litres,female,-6", "litres,male,4"], &["2 - cell_negative", "3 - figure_invalid"], None),
        (&["litres,other,6"], &["2 gender group_unknown"], None),
        (&["taps,female,6"], &["2 gender not_broken_down"], None),
        (&["litres,female,6", "litres,female,7", "litres,male,4"], &["3 value duplicate"], Some((Some("10".to_owned()), both))),
    ];
    for (rows, issues, figure) in cases {
        let (found, values, (valid, invalid)) = planned(rows, &catalogue);
        assert_eq!(found, issues, "{rows:?}");
        assert_eq!(values, figure.into_iter().collect::<Vec<_>>(), "{rows:?}");
        assert_eq!(valid + invalid, u32::try_from(rows.len()).unwrap(), "{rows:?}");
    }
    let (_, values, counts) = planned(&["litres,,11", "litres,female,6", "litres,male,4", "taps,,3"], &catalogue);
    assert_eq!((values.len(), counts), (1, (1, 3)), "the rows of a figure that does not agree are invalid, and no others");
}

#[test]
fn a_file_without_groups_keeps_to_what_is_required() {
    assert_eq!(found(&plan_rows("2023-01-01,2023-01-31,C1,20,,", &[], &by_sex(true)).issues), ["2 litres cells_required"]);
    assert_eq!(found(&plan_rows("2023-01-01,2023-01-31,C1,20,,", &[], &by_sex(false)).issues), [""; 0]);
    let mapping = mapping(json!({"layout": "long", "dates": {"start": "start", "end": "end"}, "indicator": "indicator", "value": "value",
        "dimensions": {"gender": "age"}}));
    let plan = plan_import(b"start,end,indicator,gender,value\n", &mapping, &by_sex(false));
    assert_eq!(found(&plan.issues), ["1 gender dimension_unknown"]);
}
