//! What is in a folder, and how it is stored.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// A file as it is served.
pub(crate) struct File {
    /// Below the folder, with slashes.
    pub(crate) path: String,
    /// Where it was read.
    pub(crate) source: String,
    pub(crate) media_type: String,
    pub(crate) entity_tag: String,
    pub(crate) coding: Option<&'static str>,
    pub(crate) content: Vec<u8>,
}

/// What gzip must save at least for a file to be stored compressed: a tenth.
const WORTH: usize = 10;

/// Bytes of a hash that are its entity tag.
const TAG_LENGTH: usize = 8;

/// The files of a folder, by path.
pub(crate) fn read(folder: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    collect(folder, "", &mut files)?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let source = entry?.path();
        let name = source.file_name().and_then(|name| name.to_str());
        let name =
            name.ok_or_else(|| invalid(format!("{} has a name that is not UTF-8", source.display())))?;
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if source.is_dir() {
            collect(&source, &format!("{path}/"), files)?;
        } else {
            files.push(file(&source, path)?);
        }
    }
    Ok(())
}

fn file(source: &Path, path: String) -> io::Result<File> {
    let plain = fs::read(source)?;
    let compressed = gzip(&plain)?;
    let is_worth_it = compressed.len() <= plain.len() - plain.len() / WORTH && !plain.is_empty();
    let (coding, content) = if is_worth_it { (Some("gzip"), compressed) } else { (None, plain) };
    let source = source.canonicalize()?;
    let source = source.to_str().ok_or_else(|| invalid("a path that is not UTF-8".into()))?;
    Ok(File {
        media_type: media_type(&path),
        path,
        source: source.to_owned(),
        entity_tag: entity_tag(&content),
        coding,
        content,
    })
}

fn invalid(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}

/// Texts are taken for UTF-8.
fn media_type(path: &str) -> String {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    let is_text = guess.type_() == "text" || guess.subtype() == "javascript";
    if is_text { format!("{guess}; charset=utf-8") } else { guess.to_string() }
}

fn entity_tag(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    let digits: String = hash.iter().take(TAG_LENGTH).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}
