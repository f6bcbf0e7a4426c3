//! Macros that the C compiler and clang both must see.

use std::fmt;

use crate::error::BuildError;

/// One macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Define {
    /// A C identifier.
    pub(crate) name: String,
    /// What it stands for; without one, the compiler makes it 1.
    pub(crate) value: Option<String>,
}

impl Define {
    /// A macro with a value.
    pub(crate) fn new(name: &str, value: &str) -> Self {
        Self { name: name.into(), value: Some(value.into()) }
    }

    fn parse(text: &str) -> Result<Self, BuildError> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.into())),
            None => (text, None),
        };
        if !is_identifier(name) {
            return Err(BuildError::BadDefine(text.into()));
        }
        Ok(Self { name: name.into(), value })
    }
}

/// As the environment and the command line have it: `NAME` or `NAME=VALUE`.
impl fmt::Display for Define {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Reads a list separated by white space, as in `LWIP_DEFINES`.
pub(crate) fn parse_list(list: &str) -> Result<Vec<Define>, BuildError> {
    list.split_whitespace().map(Define::parse).collect()
}

fn is_identifier(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
