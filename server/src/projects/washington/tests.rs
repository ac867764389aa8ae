//! The rules as tables, vector 20 among them, and the roster of a real survey.

use super::columns::find;
use super::{Answer, Asked, Column, Count, Refused, SexCodes, Status, band, cells, codes, count_file, status};
use crate::projects::imports::IssueCode;

const HEADER: &str = "Name,Age,Sex,VIS_SS,HEAR_SS,MOB_SS,COG_SS,SC_SS,COM_SS\n";

fn counted(rows: &str, codes: Option<SexCodes>) -> Result<Count, Refused> {
    count_file(format!("{HEADER}{rows}").as_bytes(), &Asked { sex_codes: codes, ..Asked::default() })
}

/// With, without, unknown, below five.
fn figures(count: &Count, sex: Option<&str>, age: Option<&str>) -> [u32; 4] {
    Status::ALL.map(|status| count.people(sex, age, Some(status)))
}

fn read(cells: [&str; 6]) -> [Answer; 6] {
    cells.map(|cell| cells::answer(cell).unwrap().means)
}

#[test]
fn where_somebody_stands() {
    let table: [(&str, Option<u8>, [&str; 6], Status); 15] = [
        ("momma bear", Some(30), ["3", "1", "999", "1", "3", "4"], Status::With),
        ("person b", Some(12), ["888"; 6], Status::Unknown),
        ("baby bear", Some(5), ["1"; 6], Status::Without),
        ("some difficulty everywhere", Some(40), ["2"; 6], Status::Without),
        ("a lot of it once", Some(40), ["1", "1", "1", "1", "1", "3"], Status::With),
        ("cannot once, and nothing else was told", Some(40), ["", "9", "7", "888", "999", "4"], Status::With),
        ("one answer, no difficulty", Some(40), ["1", "", "", "", "", ""], Status::Without),
        ("some answers are missing", Some(40), ["2", "1", "999", "1", "1", "1"], Status::Without),
        ("all blank", Some(40), [""; 6], Status::Unknown),
        ("all refused or not known", Some(40), ["7", "9", "888", "999", "", "7"], Status::Unknown),
        ("four years old", Some(4), ["4"; 6], Status::BelowFive),
        ("four years old and not asked", Some(4), [""; 6], Status::BelowFive),
        ("newborn", Some(0), ["1"; 6], Status::BelowFive),
        ("of an age that nobody told, by the answers", None, ["1", "1", "4", "1", "1", "1"], Status::With),
        ("of an age that nobody told, without answers", None, [""; 6], Status::Unknown),
    ];
    for (who, age, cells, expected) in table {
        assert_eq!(status(age, &read(cells)), expected, "{who}");
    }
}

#[test]
fn answers_in_codes_and_words() {
    use Answer::{CannotDo, LotOfDifficulty, Missing, NoDifficulty, SomeDifficulty};
    let table = [
        ("1", NoDifficulty),
        (" 2 ", SomeDifficulty),
        ("3.0", LotOfDifficulty),
        ("4", CannotDo),
        ("999.0", Missing),
        ("", Missing),
        ("No - no difficulty", NoDifficulty),
        ("Yes – some difficulty", SomeDifficulty),
        ("yes, a lot of difficulty", LotOfDifficulty),
        ("lot_of_difficulty", LotOfDifficulty),
        ("Cannot do at all", CannotDo),
        ("cannot_do", CannotDo),
        ("3. Yes - a lot of difficulty", LotOfDifficulty),
        ("Don't know", Missing),
        ("Don’t know", Missing),
        ("pnta", Missing),
        ("Hapana, hakuna ugumu", NoDifficulty),
        ("Ndiyo, ugumu kiasi", SomeDifficulty),
        ("Ana shida kidogo", SomeDifficulty),
        ("ndio - ugumu mkubwa", LotOfDifficulty),
        ("shida kubwa", LotOfDifficulty),
        ("Hawezi kabisa", CannotDo),
        ("Sijui", Missing),
    ];
    for (cell, expected) in table {
        assert_eq!(cells::answer(cell).map(|read| read.means), Some(expected), "{cell}");
    }
    // a question of yes and no is not the short set; two readings in one cell are none
    for cell in
        ["0", "5", "8", "88", "-1", "1.5", "1,0", "yes", "no", "hapana", "difficulty", "1 a lot of difficulty", "5 some difficulty", "?"]
    {
        assert_eq!(cells::answer(cell), None, "{cell}");
    }
}

#[test]
fn ages_and_their_bands() {
    for (cell, age, expected) in [
        ("0", Some(0), "0-4"),
        ("4", Some(4), "0-4"),
        ("4.9", Some(4), "0-4"),
        ("5", Some(5), "5-11"),
        ("11", Some(11), "5-11"),
        ("12.0", Some(12), "12-17"),
        ("24", Some(24), "18-24"),
        ("25", Some(25), "25-49"),
        ("50", Some(50), "50-59"),
        ("60", Some(60), "60+"),
        ("99", Some(99), "60+"),
        ("999", None, "unknown"),
        ("888", None, "unknown"),
        ("", None, "unknown"),
        ("don't know", None, "unknown"),
    ] {
        assert_eq!(cells::age(cell), Ok(age), "{cell}");
        assert_eq!(band(age), expected, "{cell}");
    }
    for cell in ["-1", "131", "1990-01-01", "five", "5 years", "6.", "1e1", "5,5"] {
        assert_eq!(cells::age(cell), Err(()), "{cell}");
    }
    assert!((0..=130).all(|age| codes("age").any(|code| code == band(Some(age))) && band(Some(age)) != "unknown"));
}

#[test]
fn numbers_are_a_sex_only_where_somebody_said_which() {
    let rows = "a,30,0,1,1,1,1,1,1\nb,30,1,1,1,1,1,1,1\nc,30,2,1,1,1,1,1,1\n";
    assert_eq!(counted(rows, None), Err(Refused::SexCodes(vec![0, 1, 2])));
    for (codes, female, male, unreadable) in [
        (SexCodes::ZeroFemale, 1, 1, "2"),
        (SexCodes::ZeroMale, 1, 1, "2"),
        (SexCodes::OneFemale, 1, 1, "0"),
        (SexCodes::OneMale, 1, 1, "0"),
    ] {
        let count = counted(rows, Some(codes)).unwrap();
        assert_eq!(count.people(Some("female"), None, None), female, "{codes:?}");
        assert_eq!(count.people(Some("male"), None, None), male, "{codes:?}");
        assert_eq!((count.left_out, count.issues[0].code, count.issues[0].value.as_str()), (1, IssueCode::SexUnreadable, unreadable));
        assert_eq!(SexCodes::parse(codes.as_str()), Some(codes));
    }
    let read = counted(rows, Some(SexCodes::ZeroFemale)).unwrap().sexes;
    assert_eq!(read.into_iter().collect::<Vec<_>>(), [(("0".to_owned(), "female"), 1), (("1".to_owned(), "male"), 1)]);
    let read = counted("a,30,1,1,1,1,1,1,1\nb,30,2,1,1,1,1,1,1\n", Some(SexCodes::OneMale)).unwrap().sexes;
    assert_eq!(read.into_iter().collect::<Vec<_>>(), [(("1".to_owned(), "male"), 1), (("2".to_owned(), "female"), 1)]);
}

#[test]
fn sexes_in_words_need_no_codes() {
    for (cell, expected) in [
        ("f", "female"),
        ("M", "male"),
        ("Female", "female"),
        ("Mwanamke", "female"),
        ("ME", "male"),
        ("Mwanaume", "male"),
        ("0 - Female", "female"),
        ("1. male", "male"),
        ("Other", "other"),
        ("", "unknown"),
        ("999", "unknown"),
        ("refused", "unknown"),
    ] {
        let count = counted(&format!("a,30,{cell},1,1,1,1,1,1\n"), None).unwrap();
        assert_eq!(count.people(Some(expected), None, None), 1, "{cell}");
    }
    let count = counted("a,30,x,1,1,1,1,1,1\n", None).unwrap();
    assert_eq!((count.left_out, count.people(None, None, None)), (1, 0));
}

#[test]
fn of_a_young_child_nothing_was_asked_whatever_stands_there() {
    let count = counted("a,3,f,skip,-,n/a,1,1,1\n", None).unwrap();
    assert_eq!((count.left_out, count.people(None, None, Some(Status::BelowFive))), (0, 1));
}

#[test]
fn columns_are_told_by_their_headings() {
    let names = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
    let expected = |headers: &[String]| {
        let columns = find(headers, &Asked::default()).unwrap();
        Column::ALL.map(|column| columns.position(column).unwrap())
    };
    for headers in [
        "Age|Sex|VIS_SS|HEAR_SS|MOB_SS|COG_SS|SC_SS|COM_SS",
        "hh/PDisabAge|hh/PDisabSex|hh/PDisabSee|hh/PDisabHear|hh/PDisabWalk|hh/PDisabRemember|hh/PDisabWash|hh/PDisabUnderstand",
        "ind_age|ind_gender|wgq_vision|wgq_hearing|wgq_mobility|wgq_cognition|wgq_self_care|wgq_communication",
        "Age in years|Gender|Seeing|Hearing|Walking|Remembering|Self-care|Communication",
        "Umri|Jinsia|kuona|kusikia|kutembea|kukumbuka|kujihudumia|kuwasiliana",
        "Miaka|jinsia ya mtu|Ugumu wa kuona|Ugumu wa kusikia|Ugumu wa kutembea|Ugumu wa kukumbuka|Ugumu wa kuoga|Ugumu wa kuwasiliana",
        "What is your age?|Sex|Do you have difficulty seeing, even if wearing glasses?|Do you have difficulty hearing, even if using a \
         hearing aid?|Do you have difficulty walking or climbing steps?|Do you have difficulty remembering or concentrating?|Do you have \
         difficulty (with self-care such as) washing all over or dressing?|Using your usual (customary) language, do you have difficulty \
         communicating, for example understanding or being understood?",
    ] {
        assert_eq!(expected(&names(headers)), [0, 1, 2, 3, 4, 5, 6, 7], "{headers}");
    }
    // whole names before words: the village is no age, and the second column of vision asks something else
    assert_eq!(expected(&names("age_group|sex|age|vis_ss|vision_glasses|hear|walk|remember|wash|understand")), [2, 1, 3, 5, 6, 7, 8, 9]);
}

#[test]
fn columns_that_are_not_told_are_asked_for() {
    let headers: Vec<String> =
        "age,difficulty seeing 1,difficulty seeing 2,hear,walk,remember,wash,q7".split(',').map(str::to_owned).collect();
    let faults = find(&headers, &Asked::default()).unwrap_err();
    assert_eq!(faults.into_iter().collect::<Vec<_>>(), [(Column::See, "column_several"), (Column::Communicate, "column_not_told")]);
    let asked = |named: &[(Column, &str)]| Asked {
        named: named.iter().map(|(column, name)| (*column, (*name).to_owned())).collect(),
        ..Asked::default()
    };
    // a word alone is of anything, and where a name and a question both tell one nobody guesses
    let other = "age,sex,Did you see a doctor,hear,Minutes walk to water,remember,wash,understand";
    let other: Vec<String> = other.split(',').map(str::to_owned).collect();
    let faults = find(&other, &Asked::default()).unwrap_err();
    assert_eq!(faults.into_iter().collect::<Vec<_>>(), [(Column::See, "column_not_told"), (Column::Walk, "column_not_told")]);
    let both = "age,see,hear,walk,Do you have difficulty walking or climbing steps?,remember,wash,understand";
    let both: Vec<String> = both.split(',').map(str::to_owned).collect();
    assert_eq!(find(&both, &Asked::default()).unwrap_err().into_iter().collect::<Vec<_>>(), [(Column::Walk, "column_several")]);
    let columns = find(&headers, &asked(&[(Column::See, "difficulty seeing 1"), (Column::Communicate, "Q7"), (Column::Sex, " ")])).unwrap();
    assert_eq!((columns.sex, columns.questions), (None, [1, 3, 4, 5, 6, 7]));
    let faults = find(&headers, &asked(&[(Column::See, "eyes"), (Column::Communicate, "wash")])).unwrap_err();
    assert_eq!(faults.into_iter().collect::<Vec<_>>(), [(Column::See, "column_not_there"), (Column::Communicate, "column_twice")]);
}

#[test]
fn what_cannot_be_read_is_told_with_row_and_column_and_its_row_left_out() {
    let rows = "a,30,f,1,1,1,1,1,1\n\nb,x,f,1,1,5,1,1,1\nc,30,f,1,1\n,,,,,,,,\nd,3,m,1,1,1,1,1,1\ne,30,m,4,yes,1,1,1,1\n";
    let count = counted(rows, None).unwrap();
    let told: Vec<_> =
        count.issues.iter().map(|i| (i.row, i.column.as_deref().unwrap_or("-"), i.code.as_str(), i.value.as_str())).collect();
    assert_eq!(
        told,
        [
            (4, "Age", "age_unreadable", "x"),
            (4, "MOB_SS", "answer_unreadable", "5"),
            (5, "-", "row_length", "5"),
            (8, "HEAR_SS", "answer_unreadable", "yes"),
        ]
    );
    assert_eq!((count.left_out, count.errors), (3, 4));
    assert_eq!(figures(&count, None, None), [0, 1, 0, 1], "a row of nothing is nobody, and nobody in a row left out is counted");
    for empty in ["", ",,,,,,,,\n"] {
        assert!(matches!(counted(empty, None), Err(Refused::File(issues)) if issues[0].code == IssueCode::NoRows));
    }
    assert!(matches!(count_file(b"\xff\xfea\0", &Asked::default()), Err(Refused::File(_))));
}

#[test]
fn the_counts_as_a_file() {
    let text = String::from_utf8(counted("a,30,f,4,1,1,1,1,1\nb,3,m,,,,,,\nc,?,m,,,,,,\n", None).unwrap().csv().unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    // four sexes, seven bands of three and one that is not asked
    assert_eq!(lines.len(), 1 + 4 * (7 * 3 + 1) + 1);
    for line in ["sex,age,disability,people", "female,25-49,with,1", "female,25-49,without,0", "male,0-4,below_five,1", ",,left_out,1"] {
        assert!(lines.contains(&line), "{line} in {text}");
    }
}

/// The roster of a survey with the form of WFP (RAM resources, Apache-2.0), which lies beside the checkout on machines that have it.
#[test]
fn the_real_roster() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/washington-group/members.csv");
    let Ok(bytes) = std::fs::read(path) else {
        eprintln!("skipped: {path} is not there");
        return;
    };
    assert_eq!(count_file(&bytes, &Asked::default()), Err(Refused::SexCodes(vec![0, 1])));
    let count = count_file(&bytes, &Asked { sex_codes: Some(SexCodes::ZeroFemale), ..Asked::default() }).unwrap();
    assert_eq!((count.left_out, count.issues.len()), (0, 0));
    assert_eq!(figures(&count, None, None), [13, 4, 2, 0]);
    assert_eq!(figures(&count, Some("female"), None), [6, 2, 1, 0]);
    assert_eq!(figures(&count, Some("male"), None), [7, 2, 1, 0]);
    let by_age = ["0-4", "5-11", "12-17", "18-24", "25-49", "50-59", "60+", "unknown"].map(|age| figures(&count, None, Some(age)));
    assert_eq!(by_age, [[0; 4], [1, 2, 0, 0], [4, 0, 1, 0], [1, 1, 0, 0], [7, 1, 1, 0], [0; 4], [0; 4], [0; 4]]);
    assert_eq!(count.answers.values().sum::<u32>(), 19 * 6);
}
