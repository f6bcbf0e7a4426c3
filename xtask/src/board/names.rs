//! Rust's demangled names, shortened for people, and the same for every compiler.
//!
//! There are two manglings. The old one, of functions in ready-made libraries, says `{{closure}}`, `Vec<T,A>::push` and
//! `core::slice::index::<impl Index<I> for [T]>::index` where the new one says `{closure#0}`, `<alloc::vec::Vec<u8>>::push` and
//! `<[u8] as core::ops::index::Index<Range<usize>>>::index`.

/// Of a caller: its path, without what it is generic over and without closures.
///
/// `<a::b::Type<u16>>::method::<X>::{closure#0}` becomes `a::b::Type::method`; `<Type as Trait>::method` becomes
/// `Type::method`.
pub(super) fn caller(name: &str) -> String {
    let name = implementer_first(without_closures(name));
    let name = match name.strip_prefix('<') {
        Some(_) => self_type(&name),
        None => name,
    };
    without_generics(&name).replace("::::", "::").trim_end_matches("::").to_owned()
}

fn without_closures(name: &str) -> &str {
    let ends = ["::{closure", "::{{closure"].iter().filter_map(|closure| name.find(closure));
    &name[..ends.min().unwrap_or(name.len())]
}

/// `a::b::<impl Trait for Type>::method` as `<Type as Trait>::method`, and `a::b::<impl Type>::method` as `<Type>::method`.
fn implementer_first(name: &str) -> String {
    let Some((_, rest)) = name.split_once("<impl ") else { return name.to_owned() };
    let Some(end) = closing(rest) else { return name.to_owned() };
    let (implementation, method) = (&rest[..end], &rest[end + 1..]);
    match implementation.split_once(" for ") {
        Some((interface, type_name)) => format!("<{type_name} as {interface}>{method}"),
        None => format!("<{implementation}>{method}"),
    }
}

/// Where the angle bracket closes that was opened before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.char_indices().find_map(|(index, character)| {
        match character {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(index)
    })
}

/// `<Type as Trait>::method` as `Type::method`.
fn self_type(name: &str) -> String {
    let mut depth = 0;
    for (index, character) in name.char_indices() {
        match character {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let inner = &name[1..index];
            return format!("{}{}", outside(inner, " as "), &name[index + 1..]);
        }
    }
    name.to_owned()
}

/// What is before `separator`, if that is not inside of angle brackets.
fn outside<'a>(text: &'a str, separator: &str) -> &'a str {
    let is_outside = |index: &usize| {
        let before = &text[..*index];
        before.matches('<').count() == before.matches('>').count()
    };
    let index = text.match_indices(separator).map(|(index, _)| index).find(is_outside);
    &text[..index.unwrap_or(text.len())]
}

fn without_generics(name: &str) -> String {
    let mut depth = 0;
    let mut kept = String::new();
    for character in name.chars() {
        match character {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ if depth == 0 => kept.push(character),
            _ => {}
        }
    }
    kept
}

/// Of a callee: each path without its modules. `<alloc::vec::Vec<a::b::C>>::push` becomes `<Vec<C>>::push`.
pub(super) fn callee(name: &str) -> String {
    let is_part = |character: char| character.is_alphanumeric() || "_:#{}".contains(character);
    let name = implementer_first(name);
    let mut short = String::new();
    let mut rest = name.as_str();
    while let Some(first) = rest.chars().next() {
        let length =
            if is_part(first) { rest.find(|c| !is_part(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (path, after) = rest.split_at(length);
        short += last_segments(path);
        rest = after;
    }
    short.replace("critical_section::mutex::", "")
}

/// A type or method without its modules; what continues a type (`::push`) stays.
fn last_segments(path: &str) -> &str {
    if path.starts_with("::") {
        return path;
    }
    let types = path.char_indices().filter(|(index, character)| {
        character.is_uppercase() && (*index == 0 || path[..*index].ends_with("::"))
    });
    let start = types.map(|(index, _)| index).next();
    start
        .or_else(|| path.trim_end_matches("::").rfind("::").map(|index| index + 2))
        .map_or(path, |start| &path[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_keep_their_path() {
        let name = "<wm::router::Router<u16>>::add::<wm::method::Method>::{closure#0}";
        assert_eq!(caller(name), "wm::router::Router::add");
        assert_eq!(caller("<board::Heap as core::alloc::GlobalAlloc>::alloc"), "board::Heap::alloc");
        assert_eq!(caller("wm::handle::share::<Mutex<a::B>>"), "wm::handle::share");
        assert_eq!(caller("lwip_port_assert_failed"), "lwip_port_assert_failed");
        assert_eq!(caller("board::heap::Heap::alloc::{{closure}}"), "board::heap::Heap::alloc");
        assert_eq!(caller("wm::router::Router<T>::add"), "wm::router::Router::add");
    }

    #[test]
    fn callees_keep_their_types() {
        assert_eq!(callee("<alloc::vec::Vec<a::b::C>>::push"), "<Vec<C>>::push");
        assert_eq!(callee("core::panicking::panic_fmt"), "panic_fmt");
        assert_eq!(callee("<core::option::Option<x::Y>>::expect"), "<Option<Y>>::expect");
        let index = "core::slice::index::<impl core::ops::index::Index<I> for [T]>::index";
        assert_eq!(callee(index), "<[T] as Index<I>>::index");
    }
}
