//! The corpus: inputs that once mattered, run through the parsers as they are.

use std::path::Path;

use crate::parsers::ALL;

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads its own files")]
fn every_input_of_the_corpus_is_read_or_refused() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut folders: Vec<String> =
        corpus.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.sort();
    let mut names = ALL.map(|(name, _)| name);
    names.sort_unstable();
    assert_eq!(folders, names, "one folder a parser");
    for (name, parse) in ALL {
        let inputs: Vec<_> = corpus.join(name).read_dir().unwrap().collect();
        assert!(!inputs.is_empty(), "{name}");
        for input in inputs {
            parse(&std::fs::read(input.unwrap().path()).unwrap());
        }
    }
}
