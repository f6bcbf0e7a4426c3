//! Finds what answers a method and a path.

use alloc::vec::Vec;
use core::{fmt, mem};

use wm_sys::heap;

use super::{Method, MethodSet, Parameters, pattern};

/// A table of routes: methods, a pattern, and a value of the caller.
///
/// A pattern is a path of segments: literal (`/devices`), parameter (`/devices/{id}`, one segment that is not
/// empty) or, as the last one, tail (`/static/{*path}`, everything that is left, which may be nothing). `/:id` and
/// `{id:u8}`, which mean something elsewhere, are refused. Among
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
    /// The pattern does not begin with a slash, has a broken, unnamed or repeated parameter or one with a colon in
    /// its name, more than 16 segments, a tail that is not its end, a literal that begins with a colon, or one that
    /// no path can have: a dot segment, or one with a brace, an asterisk, a backslash or a NUL.
    BadPattern,
    /// A route for the same paths already has one of the methods.
    Duplicate,
    /// There is no memory for another route.
    NoMemory,
}

impl fmt::Display for RouteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            RouteError::BadPattern => "malformed route pattern; a good one is like /devices/{id} or /{*path}",
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
        self.insert(Route::new(methods.into(), pattern)?, value)
    }

    /// One copy of the code for all that stands for methods.
    #[inline(never)]
    fn insert(&mut self, route: Route, value: T) -> Result<(), RouteError> {
        if self.routes.iter().any(|(each, _)| each.conflicts(&route)) {
            return Err(RouteError::Duplicate);
        }
        heap::try_push(&mut self.routes, (route, value)).map_err(|_| RouteError::NoMemory)?;
        self.sort_last();
        Ok(())
    }

    /// The route for `method` and `path`, the raw path of a request without its query.
    ///
    /// Costs a comparison with each route; allocates nothing.
    #[must_use]
    pub fn find<'r, 'p>(&'r self, method: Method, path: &'p str) -> Match<'r, 'p, T> {
        let mut allowed = MethodSet::EMPTY;
        for (route, value) in self.fitting(path) {
            if route.answers().contains(method) {
                return Match::Found { value, parameters: Parameters::new(route.pattern, path) };
            }
            allowed = allowed | route.answers();
        }
        if allowed.is_empty() { Match::NotFound } else { Match::MethodNotAllowed(allowed) }
    }

    /// The methods that `path` answers, HEAD with GET; none if no route has this path. What OPTIONS answers.
    #[must_use]
    pub fn allowed(&self, path: &str) -> MethodSet {
        self.fitting(path).fold(MethodSet::EMPTY, |allowed, (route, _)| allowed | route.answers())
    }

    /// Moves the last route to its place among the others.
    fn sort_last(&mut self) {
        let mut routes = self.routes.as_mut_slice();
        while let [front @ .., last] = routes
            && let Some(before) = front.last_mut()
            && before.0.order() < last.0.order()
        {
            mem::swap(before, last);
            routes = front;
        }
    }

    fn fitting(&self, path: &str) -> impl Iterator<Item = &(Route, T)> {
        self.routes.iter().filter(move |(route, _)| pattern::fits(route.pattern, path))
    }
}

/// The part of a route that does not depend on the type of its value.
#[derive(Debug)]
struct Route {
    methods: MethodSet,
    pattern: &'static str,
    /// How specific the pattern is.
    rank: u32,
}

impl Route {
    #[inline(never)]
    fn new(methods: MethodSet, pattern: &'static str) -> Result<Self, RouteError> {
        let rank = pattern::rank(pattern).ok_or(RouteError::BadPattern)?;
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
            && pattern::same_paths(self.pattern, other.pattern)
    }
}
