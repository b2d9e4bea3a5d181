#![doc = include_str!("../README.md")]

mod answer;
mod beginning;
mod build_error;
mod builder;
mod cause;
mod cookie;
mod device;
mod ending;
mod extract;
mod form;
mod landing;
mod logged_out;
mod login;
mod marker;
mod navigation;
mod outcome;
mod pages;
mod parked;
mod protect;
mod purges;
mod random;
mod refusal;
mod return_to;
mod room;
mod routes;
mod seats;
mod session;
mod settle;
mod signed_in;
mod site;
mod start;
mod user;

pub use build_error::BuildError;
pub use builder::LoginBuilder;
pub use cause::Cause;
pub use extract::{
    AccessToken, Account, Api, ApiError, Identity, NotLoggedIn, Refused, Sessions, SessionsError, Visitor,
};
pub use logged_out::LoggedOut;
pub use login::Login;
pub use pages::{Action, Notice, Page, Said, Texts};
pub use protect::{Protect, Protected};
pub use return_to::{OpenRedirect, ReturnTo};
pub use session::Session;
pub use signed_in::{Admission, Arrived, AskError, Greeting, SignedIn};
pub use start::Start;
