//! The macro on a small folder.

use wm_websockets::server::RomFile;

static FILES: [RomFile; 3] = wm_rom_files::folder!("folder");

fn file(path: &str) -> &'static RomFile {
    FILES.iter().find(|file| file.path == path).expect(path)
}

#[test]
fn a_page_is_compressed_and_comes_back_the_same() {
    let page = file("index.html");
    assert_eq!((page.media_type, page.coding), ("text/html; charset=utf-8", Some("gzip")));
    let source = include_str!("folder/index.html");
    assert!(page.content.len() < source.len());
    let unpacked = std::io::read_to_string(flate2::read::GzDecoder::new(page.content)).expect("gzip");
    assert_eq!(unpacked, source);
}

#[test]
fn what_does_not_compress_is_stored_as_it_is() {
    let icon = file("icon.bin");
    assert_eq!((icon.media_type, icon.coding), ("application/octet-stream", None));
    assert_eq!(icon.content, [0, 1, 2, 3]);
    assert_eq!(file("css/page.css").media_type, "text/css; charset=utf-8");
}

#[test]
fn tags_are_quoted_and_differ() {
    let tags: std::collections::BTreeSet<_> = FILES.iter().map(|file| file.entity_tag).collect();
    assert_eq!(tags.len(), FILES.len());
    assert!(tags.iter().all(|tag| tag.len() == 18 && tag.starts_with('"') && tag.ends_with('"')));
}
