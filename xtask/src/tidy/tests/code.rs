//! What counts as code.

use crate::tidy::code::{names, only};

#[test]
fn comments_and_literals_are_no_code() {
    let text = "let a = \"dbg!(\\\"x\"; // dbg!()\n/* dbg! /* dbg! */ dbg! */ let b = r#\"dbg!\"#; let c = '\"'; dbg";
    let code = only(text);
    assert!(!names(&code, "dbg!"), "{code}");
    assert!(names(&code, "dbg"), "what follows the literals is code again: {code}");
    assert_eq!(code.lines().count(), 2);
}

#[test]
fn lifetimes_and_raw_identifiers_open_no_literal() {
    let code = only("fn f<'a>(r#type: &'a str, for_r: br\"x\") { dbg!(b'\\'', '\\u{1}') }");
    assert!(names(&code, "dbg!"), "{code}");
    assert!(names(&code, "type"), "{code}");
}

#[test]
fn a_word_is_not_found_inside_another() {
    assert!(names("a rand::random()", "rand"));
    assert!(!names("operand rand_core brand", "rand"));
    assert!(!names("my_todo!()", "todo!"));
}
