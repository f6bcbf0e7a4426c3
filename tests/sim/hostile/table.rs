//! The form of the tables; tests/hostile/README.md describes it.

use std::path::Path;

use super::answer::{Answer, Fate};

pub struct Case {
    pub line: usize,
    pub note: String,
    pub input: Vec<u8>,
    pub answer: Answer,
}

/// What goes around the inputs, and how much of the answer belongs to it.
#[derive(Default)]
struct Around {
    before: Vec<u8>,
    answer: String,
    after: Vec<u8>,
}

/// The cases of tests/hostile/`name`.cases.
pub fn read(name: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let text = std::fs::read_to_string(folder.join(format!("{name}.cases"))).expect("a table of that name");
    let mut around = Around::default();
    let lines = (1..).zip(text.lines()).filter(|(_, text)| !text.starts_with('#'));
    let cases: Vec<_> = lines.filter_map(|(line, text)| around.take(line, &columns(text))).collect();
    assert!(cases.len() > 10, "{name} has hardly any cases");
    cases
}

/// What stands between the bars, without the space beside them.
fn columns(line: &str) -> Vec<&str> {
    line.split('|').map(within).collect()
}

fn within(column: &str) -> &str {
    let column = column.strip_prefix(' ').unwrap_or(column);
    column.strip_suffix(' ').unwrap_or(column)
}

impl Around {
    /// A case, unless the line says what goes around those that follow.
    fn take(&mut self, line: usize, columns: &[&str]) -> Option<Case> {
        match *columns {
            ["before", answer, input] => {
                *self = Around { before: unescaped(input), answer: answer.to_owned(), after: Vec::new() };
                None
            }
            ["after", input] => {
                self.after = unescaped(input);
                None
            }
            [answer, input, _section, note, ..] => Some(Case {
                line,
                note: note.to_owned(),
                input: [&self.before[..], &unescaped(input), &self.after].concat(),
                answer: expected(&format!("{} {answer}", self.answer)),
            }),
            _ => panic!("line {line} has no columns: {columns:?}"),
        }
    }
}

fn expected(text: &str) -> Answer {
    let text = unescaped(text);
    let mut words: Vec<Vec<u8>> = text.split(|&octet| octet == b' ').map(<[u8]>::to_vec).collect();
    words.retain(|word| !word.is_empty());
    let fate = match words.pop().as_deref() {
        Some(b"open") => Fate::Open,
        Some(b"closed") => Fate::Closed,
        Some(b"waits") => Fate::Waits,
        other => panic!("{other:?} is no fate of a connection"),
    };
    Answer { words, fate }
}

/// The bytes that a text with escapes stands for.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '\\' => rest = escape(rest, &mut bytes),
            _ => bytes.extend(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// What follows a backslash; gives what follows that.
fn escape<'t>(text: &'t str, bytes: &mut Vec<u8>) -> &'t str {
    let (kind, rest) = text.split_at(1);
    let octet = match kind {
        "r" => b'\r',
        "n" => b'\n',
        "t" => b'\t',
        "0" => b'\0',
        "s" => b' ',
        "p" => b'|',
        "\\" => b'\\',
        "x" => {
            let (digits, rest) = rest.split_at(2);
            bytes.push(u8::from_str_radix(digits, 16).expect("two hexadecimal digits"));
            return rest;
        }
        "{" => return repeat(rest, bytes),
        _ => panic!("there is no escape \\{kind}"),
    };
    bytes.push(octet);
    rest
}

/// `count:text}`; gives what follows.
fn repeat<'t>(text: &'t str, bytes: &mut Vec<u8>) -> &'t str {
    let (count, text) = text.split_once(':').expect("a count and a colon");
    let (text, rest) = text.split_once('}').expect("a closing brace");
    bytes.extend(unescaped(text).repeat(count.parse().expect("a count")));
    rest
}
