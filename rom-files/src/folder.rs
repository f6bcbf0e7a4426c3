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

/// The longest path that `Files` looks for, in bytes.
const LONGEST_PATH: usize = 128;

/// The files of a folder, by path. An error says which of them it is about.
pub(crate) fn read(folder: &Path) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    collect(folder, "", &mut files)?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(about(folder))? {
        let source = entry.map_err(about(folder))?.path();
        let name = source.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| format!("{}: the name is not UTF-8", source.display()))?;
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        let kind = fs::metadata(&source).map_err(about(&source))?.file_type();
        if kind.is_dir() {
            collect(&source, &format!("{path}/"), files)?;
        } else if kind.is_file() {
            files.push(file(&source, path)?);
        } else {
            return Err(format!("{}: neither a file nor a folder", source.display()));
        }
    }
    Ok(())
}

fn file(source: &Path, path: String) -> Result<File, String> {
    if path.len() > LONGEST_PATH {
        let length = path.len();
        return Err(format!(
            "{path}: {length} bytes of path, of which {LONGEST_PATH} are looked for at most"
        ));
    }
    let plain = fs::read(source).map_err(about(source))?;
    let compressed = gzip(&plain).map_err(about(source))?;
    let is_worth_it = compressed.len() <= plain.len() - plain.len() / WORTH && !plain.is_empty();
    let (coding, content) = if is_worth_it { (Some("gzip"), compressed) } else { (None, plain) };
    let absolute = source.canonicalize().map_err(about(source))?;
    let absolute =
        absolute.to_str().ok_or_else(|| format!("{}: a path that is not UTF-8", absolute.display()))?;
    Ok(File {
        media_type: media_type(&path),
        path,
        source: absolute.to_owned(),
        entity_tag: entity_tag(&content),
        coding,
        content,
    })
}

/// What the operating system says of a file or folder, with its name.
fn about(path: &Path) -> impl Fn(io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;

    /// An empty folder for one test.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("wm-rom-files-{}-{name}", std::process::id()));
        _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// What is wrong with a folder.
    fn complaint(folder: &Path) -> String {
        let complaint = read(folder).err().unwrap_or_default();
        fs::remove_dir_all(folder).unwrap();
        complaint
    }

    #[test]
    fn a_link_to_nothing_is_named() {
        let folder = folder("link");
        symlink("nowhere", folder.join("page.html")).unwrap();
        let complaint = complaint(&folder);
        assert!(complaint.contains("page.html: No such file"), "{complaint}");
    }

    #[test]
    fn a_link_back_to_the_folder_ends() {
        let folder = folder("loop");
        symlink(".", folder.join("again")).unwrap();
        let complaint = complaint(&folder);
        assert!(complaint.contains("again"), "{complaint}");
    }

    #[test]
    fn a_socket_is_not_waited_for() {
        let folder = folder("socket");
        let socket = UnixListener::bind(folder.join("socket")).unwrap();
        let complaint = complaint(&folder);
        drop(socket);
        assert!(complaint.ends_with("socket: neither a file nor a folder"), "{complaint}");
    }

    #[test]
    fn a_path_that_nobody_can_ask_for_is_refused() {
        let folder = folder("long");
        fs::write(folder.join("n".repeat(LONGEST_PATH)), "").unwrap();
        assert_eq!(read(&folder).map(|files| files.len()).ok(), Some(1));
        fs::write(folder.join("m".repeat(LONGEST_PATH + 1)), "").unwrap();
        let complaint = complaint(&folder);
        assert!(complaint.contains("mmm") && complaint.contains("128"), "{complaint}");
    }

    #[test]
    fn names_are_paths_as_they_stand() {
        let folder = folder("names");
        fs::create_dir(folder.join("with space")).unwrap();
        fs::write(folder.join("with space/grüße 100%.txt"), "").unwrap();
        fs::write(folder.join(".hidden"), "").unwrap();
        let files = read(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["with space/grüße 100%.txt"]);
    }
}
