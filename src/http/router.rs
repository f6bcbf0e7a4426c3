//! Finds what answers a method and a path.

use alloc::vec::Vec;
use core::fmt;

use super::octets::split_once;
use super::percent::{decodes_to, next_octet};
use super::{Method, MethodSet, Parameters};

/// A table of routes: methods, a pattern, and a value of the caller.
///
/// A pattern is a path of segments: literal (`/devices`), parameter (`/devices/{id}`, one segment that is not
/// empty) or, as the last one, tail (`/static/{*path}`, everything that is left, which may be nothing). Among
/// the routes that fit, the most specific one wins, segment by segment from the left: literal before
/// parameter before tail. A route for GET answers HEAD too, unless the same pattern has a route for HEAD.
///
/// A literal is compared with the decoded segment, so `/a%62c` finds `/abc`. `%2F` is part of its segment and
/// never separates two. A path is found nowhere if, once decoded, it has a segment `.` or `..` (encoded
/// slashes and backslashes counted as separators), a NUL, or a broken escape: a captured value may be decoded
/// once and joined to a folder without leaving it. Clients remove dot segments before they send a path (RFC
/// 3986 section 5.2.4).
///
/// ```
/// use wm_websockets::http::{Match, Method, Router};
///
/// let mut router = Router::new();
/// router.add(Method::Get, "/devices", "list")?;
/// router.add(Method::Get | Method::Put, "/devices/{id}", "device")?;
///
/// let Match::Found { value, parameters } = router.find(Method::Put, "/devices/7") else { panic!() };
/// assert_eq!((*value, parameters.get("id")), ("device", Some("7")));
/// assert!(matches!(router.find(Method::Post, "/devices"), Match::MethodNotAllowed(_)));
/// assert!(matches!(router.find(Method::Get, "/"), Match::NotFound));
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
#[derive(Debug)]
pub struct Router<T> {
    /// In the order in which they are tried: the most specific first.
    routes: Vec<(Route, T)>,
}

/// What [`Router::find`] found.
#[derive(Debug, PartialEq, Eq)]
pub enum Match<'r, 'p, T> {
    /// A route for the path and the method.
    Found {
        /// The value of the route.
        value: &'r T,
        /// What the parameters of its pattern captured.
        parameters: Parameters<'p>,
    },
    /// The path has routes, but for these methods only (405, with an `Allow` field).
    MethodNotAllowed(MethodSet),
    /// No route has this path (404).
    NotFound,
}

/// Why a route could not be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteError {
    /// The pattern does not begin with a slash, has a broken, unnamed or repeated parameter, more than
    /// [`MAX_PARAMETERS`](super::MAX_PARAMETERS) of them or more than 16 segments, a tail that is not its
    /// end, or a segment that no path can have.
    BadPattern,
    /// A route for the same paths already has one of the methods.
    Duplicate,
    /// There is no memory for another route.
    NoMemory,
}

impl fmt::Display for RouteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            RouteError::BadPattern => "malformed route pattern",
            RouteError::Duplicate => "route exists already",
            RouteError::NoMemory => "no memory for the route",
        })
    }
}

impl core::error::Error for RouteError {}

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Router<T> {
    /// A router without routes. It takes no memory.
    #[must_use]
    pub const fn new() -> Self {
        Self { routes: Vec::new() }
    }

    /// Adds a route.
    ///
    /// # Errors
    ///
    /// Any [`RouteError`]; the router is then as it was.
    pub fn add(
        &mut self,
        methods: impl Into<MethodSet>,
        pattern: &'static str,
        value: T,
    ) -> Result<(), RouteError> {
        let route = Route::new(methods.into(), pattern)?;
        if self.routes.iter().any(|(each, _)| each.conflicts(&route)) {
            return Err(RouteError::Duplicate);
        }
        self.routes.try_reserve(1).map_err(|_| RouteError::NoMemory)?;
        let place = self.routes.partition_point(|(each, _)| each.order() >= route.order());
        self.routes.insert(place, (route, value));
        Ok(())
    }

    /// The route for `method` and `path`, the raw path of a request without its query.
    ///
    /// Costs a comparison with each route; allocates nothing.
    #[must_use]
    pub fn find<'r, 'p>(&'r self, method: Method, path: &'p str) -> Match<'r, 'p, T> {
        if is_unsafe(path) {
            return Match::NotFound;
        }
        let mut allowed = MethodSet::EMPTY;
        for (route, value) in &self.routes {
            let Some(parameters) = route.captures(path) else { continue };
            if route.answers().contains(method) {
                return Match::Found { value, parameters };
            }
            allowed = allowed | route.answers();
        }
        if allowed.is_empty() { Match::NotFound } else { Match::MethodNotAllowed(allowed) }
    }

    /// The methods that `path` answers, HEAD with GET; none if no route has this path. What OPTIONS answers.
    #[must_use]
    pub fn allowed(&self, path: &str) -> MethodSet {
        if is_unsafe(path) {
            return MethodSet::EMPTY;
        }
        let routes = self.routes.iter().filter(|(route, _)| route.captures(path).is_some());
        routes.fold(MethodSet::EMPTY, |allowed, (route, _)| allowed | route.answers())
    }
}

/// The part of a route that does not depend on the type of its value.
#[derive(Debug)]
struct Route {
    methods: MethodSet,
    pattern: &'static str,
    /// Two bits a segment, the first one highest, so that the more specific pattern has the larger number.
    rank: u32,
}

/// A segment of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Segment {
    Literal(&'static str),
    Parameter(&'static str),
    Tail(&'static str),
}

impl Route {
    fn new(methods: MethodSet, pattern: &'static str) -> Result<Self, RouteError> {
        let mut rank = 0;
        let mut shift = Some(u32::BITS);
        let mut parameters = Parameters::default();
        let mut rest = Some(pattern.strip_prefix('/').ok_or(RouteError::BadPattern)?);
        while let Some(text) = rest {
            let segment;
            (segment, rest) = Segment::split(text);
            segment.check(&mut parameters, rest.is_none()).ok_or(RouteError::BadPattern)?;
            let place = shift.and_then(|shift| shift.checked_sub(2)).ok_or(RouteError::BadPattern)?;
            rank |= segment.rank().wrapping_shl(place);
            shift = Some(place);
        }
        Ok(Self { methods, pattern, rank })
    }

    /// The methods this route answers.
    fn answers(&self) -> MethodSet {
        if self.methods.contains(Method::Get) { self.methods.with(Method::Head) } else { self.methods }
    }

    /// Routes of a larger order are tried first: the more specific, then those that have HEAD of their own.
    fn order(&self) -> (u32, bool) {
        (self.rank, self.methods.contains(Method::Head))
    }

    /// Whether both would answer the same request.
    fn conflicts(&self, other: &Route) -> bool {
        self.rank == other.rank
            && self.methods.intersects(other.methods)
            && same_literals(self.pattern, other.pattern)
    }

    /// What the parameters capture from `path`; `None` if it does not fit the pattern.
    fn captures<'p>(&self, path: &'p str) -> Option<Parameters<'p>> {
        let mut parameters = Parameters::default();
        let mut pattern = self.pattern.strip_prefix('/');
        let mut path = path.strip_prefix('/');
        while let (Some(pattern_rest), Some(path_rest)) = (pattern, path) {
            let (segment, text);
            (segment, pattern) = Segment::split(pattern_rest);
            (text, path) = split_once(path_rest, b'/');
            match segment {
                Segment::Literal(literal) if decodes_to(text, literal) => {}
                Segment::Parameter(name) if !text.is_empty() => parameters.push(name, text)?,
                Segment::Tail(name) => {
                    parameters.push(name, path_rest)?;
                    return Some(parameters);
                }
                _ => return None,
            }
        }
        (pattern.is_none() && path.is_none()).then_some(parameters)
    }
}

impl Segment {
    /// The first segment of a pattern, and what follows the slash behind it.
    fn split(pattern: &'static str) -> (Segment, Option<&'static str>) {
        let (text, rest) = split_once(pattern, b'/');
        let braced = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let segment = match braced {
            None => Segment::Literal(text),
            Some(name) => name.strip_prefix('*').map_or(Segment::Parameter(name), Segment::Tail),
        };
        (segment, rest)
    }

    fn rank(self) -> u32 {
        match self {
            Segment::Literal(_) => 3,
            Segment::Parameter(_) => 2,
            Segment::Tail(_) => 1,
        }
    }

    /// Whether a pattern may have this segment behind those that `names` are of, and, unless it is a literal,
    /// adds its name.
    fn check(self, names: &mut Parameters<'_>, last: bool) -> Option<()> {
        match self {
            Segment::Literal(text) => is_literal(text).then_some(()),
            Segment::Tail(_) if !last => None,
            Segment::Parameter(name) | Segment::Tail(name) => {
                let sound = is_literal(name) && !name.is_empty() && names.get(name).is_none();
                if sound { names.push(name, "") } else { None }
            }
        }
    }
}

/// Whether `text` can be a segment of a path, decoded, or the name of a parameter.
fn is_literal(text: &str) -> bool {
    !matches!(text, "." | "..") && !text.bytes().any(|octet| matches!(octet, b'{' | b'}' | b'*' | 0))
}

/// Whether two patterns of the same rank have the same literals, and so the same paths.
fn same_literals(one: &'static str, other: &'static str) -> bool {
    let (mut one, mut other) = (one.strip_prefix('/'), other.strip_prefix('/'));
    while let (Some(one_rest), Some(other_rest)) = (one, other) {
        let (a, b);
        (a, one) = Segment::split(one_rest);
        (b, other) = Segment::split(other_rest);
        if matches!(a, Segment::Literal(_)) && a != b {
            return false;
        }
    }
    true
}

/// Whether a path, decoded, could lead out of a folder or end a C string early; see [`Router`].
fn is_unsafe(path: &str) -> bool {
    /// More dots than a dot segment has, or an octet that is none.
    const NO_DOT_SEGMENT: u8 = 3;
    let mut dots = 0_u8;
    let mut rest = path.as_bytes();
    while let Some((octet, tail)) = next_octet(rest) {
        match octet {
            0 => return true,
            b'/' | b'\\' if matches!(dots, 1 | 2) => return true,
            b'/' | b'\\' => dots = 0,
            b'.' => dots = dots.saturating_add(1),
            _ => dots = NO_DOT_SEGMENT,
        }
        rest = tail;
    }
    matches!(dots, 1 | 2) || !rest.is_empty()
}
