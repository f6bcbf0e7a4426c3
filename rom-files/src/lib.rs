//! A folder of files as a part of the firmware, for [`Files`] of `wm-websockets`.
//!
//! What compresses well is stored compressed, and only so: browsers take it. Each file gets an entity tag of its content, so that a browser
//! loads each version once.
//!
//! [`Files`]: https://docs.rs/wm-websockets

mod folder;

use std::path::Path;

use proc_macro::TokenStream;
use proc_macro2::Span;
use quote::quote;
use syn::LitStr;

/// The files of a folder, as `[RomFile; N]`. The path is relative to the source file, as that of `include_bytes!`. Files and folders whose
/// names begin with a dot are left out; links are followed. A path has 128 bytes at most, for no longer one is looked for.
///
/// A file that changes is compiled again. One that is added is not seen before the source that has this macro changes, for no macro can tell
/// Cargo of a folder; but a build script can: `println!("cargo::rerun-if-changed=src/web");`.
///
/// ```ignore
/// use wm_websockets::server::{Files, RomFile, Routes};
///
/// static WEB: [RomFile; 2] = wm_rom_files::folder!("web");
///
/// let routes = Routes::new().get("/{*path}", Files::new(&WEB))?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
#[proc_macro]
pub fn folder(input: TokenStream) -> TokenStream {
    let path = syn::parse_macro_input!(input as LitStr);
    let source = path.span().unwrap().local_file();
    let files = source.ok_or_else(|| "the compiler does not say where this source is".to_owned());
    let files = files.and_then(|source| expand(&source.with_file_name(path.value())));
    files.unwrap_or_else(|error| syn::Error::new(path.span(), error).to_compile_error()).into()
}

fn expand(folder: &Path) -> Result<proc_macro2::TokenStream, String> {
    let files = folder::read(folder)?;
    let files = files.iter().map(|file| {
        let folder::File { path, source, media_type, entity_tag, coding, content } = file;
        let content = proc_macro2::Literal::byte_string(content);
        let coding = match coding {
            Some(coding) => quote!(::core::option::Option::Some(#coding)),
            None => quote!(::core::option::Option::None),
        };
        let source = LitStr::new(source, Span::call_site());
        quote! {
            ::wm_websockets::server::RomFile {
                path: #path,
                media_type: #media_type,
                entity_tag: #entity_tag,
                coding: #coding,
                content: {
                    // The compiler looks at it again when it changes.
                    const _: &[u8] = ::core::include_bytes!(#source);
                    #content
                },
            }
        }
    });
    Ok(quote!([#(#files),*]))
}
