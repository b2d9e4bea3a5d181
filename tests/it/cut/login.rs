//! The callback of a login through the routes of the application, cut: the browser closes the connection, and the
//! server drops the handler.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, header};
use axum::routing::get;
use gatepass::{Client, ClientAuth, KeyRing, Scopes, Secret};
use gatepass_axum::{Login, Session};
use gatepass_testkit::provider;
use tower::ServiceExt as _;
use url::Url;

use super::turns::Run;
use super::{Stage, sweep};

const CALLBACK: &str = "http://127.0.0.1:8080/callback";

/// An application, and a browser that stands before its callback.
struct Site {
    stage: Stage,
    login: Login,
    app: Router,
    /// The cookie that binds the login to the browser.
    browser: String,
    callback: String,
}

impl Site {
    fn at_the_callback() -> Self {
        let stage = Stage::new();
        stage.server.register(provider::Client::confidential("web", "secret").redirect_uri(CALLBACK));
        let provider = stage.provider().require_iss().build().unwrap();
        let client = Client::new(provider, "web", ClientAuth::Basic(Secret::from("secret")), CALLBACK);
        let login = Login::builder(stage.store.clone(), KeyRing::generate().unwrap(), stage.world.clone())
            .provider("test", client.unwrap(), Scopes::new("profile").unwrap())
            .build()
            .unwrap();
        let app = Router::new()
            .route("/", get(|session: Session| async move { session.id().as_str().to_owned() }))
            .merge(login.routes())
            .layer(login.layer());
        let mut site = Self { stage, login, app, browser: String::new(), callback: String::new() };
        let start = site.stage.turns.run(site.go("/login", ""));
        site.browser = cookie(&start, "gatepass-browser").expect("a cookie");
        let there = start.headers()[header::LOCATION].to_str().unwrap();
        let there = http::Request::get(there).body(gatepass::Body::empty()).unwrap();
        let back = site.stage.turns.run(site.stage.world.http.send(there, &gatepass::ports::Limits::DEFAULT));
        let back = Url::parse(back.unwrap().headers()["location"].to_str().unwrap()).unwrap();
        site.callback = format!("{}?{}", back.path(), back.query().unwrap());
        // What the start of a login leaves behind takes no turn of the callback's.
        site.stage.turns.settle();
        site
    }

    /// A handler that runs.
    async fn go(&self, place: &str, cookies: &str) -> Response<Body> {
        self.send("GET", place, cookies).await
    }

    async fn send(&self, method: &str, place: &str, cookies: &str) -> Response<Body> {
        let request = Request::builder().method(method).uri(place).header(header::HOST, "127.0.0.1:8080");
        let request = request.header(header::COOKIE, cookies).header(header::ORIGIN, "http://127.0.0.1:8080");
        self.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    /// Brings the login to its end; gives the browser's cookies.
    fn signed_in(&self) -> String {
        let answer = self.stage.turns.run(self.go(&self.callback, &self.browser));
        format!("{}; {}", self.browser, cookie(&answer, "gatepass-session").expect("a cookie that arrives"))
    }
}

fn cookie(answer: &Response<Body>, name: &str) -> Option<String> {
    let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
    let mut pairs = cookies.filter_map(|value| value.to_str().ok()?.split(';').next());
    pairs.find(|pair| pair.starts_with(name)).map(str::to_owned)
}

#[test]
fn a_browser_that_leaves_at_any_moment_of_its_callback_is_logged_in_by_the_next_one() {
    let awaits = sweep(|cut| {
        let site = Site::at_the_callback();
        let run = site.stage.turns.run_until(site.go(&site.callback, &site.browser), cut);
        site.stage.turns.settle();
        let exchanges = || site.stage.server.token_requests("authorization_code").len();
        assert_eq!(exchanges(), usize::from(cut > 0), "what was begun comes to its end without the browser");

        let again = site.stage.turns.run(site.go(&site.callback, &site.browser));
        assert_eq!(again.status(), 303, "the same browser comes once more");
        assert_eq!(again.headers()[header::LOCATION], "/");
        let cookies =
            format!("{}; {}", site.browser, cookie(&again, "gatepass-session").expect("a session cookie"));
        assert_eq!(exchanges(), 1, "the code is exchanged once");
        assert_eq!(site.stage.server.stats().code_reuse_detected, 0);
        let home = site.stage.turns.run(site.go("/", &cookies));
        assert_eq!(home.status(), 200, "and the session is there");
        let keys = site.stage.grants();
        assert_eq!(keys.len(), 1, "one login, one grant");
        site.stage.is_at_rest(&keys[0]);
        site.stage.turns.run(site.login.keeper().access_token(&keys[0])).expect("the session's tokens");
        match run {
            Run::Cut { waits } => Run::Cut { waits },
            Run::Ended(answer) => {
                assert_eq!(answer.status(), 303);
                Run::Ended(())
            }
        }
    });
    assert!(awaits >= 1, "{awaits}");
}

#[test]
fn a_browser_that_leaves_while_it_logs_out_is_logged_out() {
    sweep(|cut| {
        let site = Site::at_the_callback();
        let cookies = site.signed_in();
        let keys = site.stage.grants();
        let run = site.stage.turns.run_until(site.send("POST", "/logout", &cookies), cut);
        site.stage.turns.settle();
        let home = site.stage.turns.run(site.go("/", &cookies));
        let token = site.stage.turns.run(site.login.keeper().access_token(&keys[0]));
        let revocations = site.stage.server.stats().revocations;
        if cut == 0 {
            assert_eq!((home.status().as_u16(), token.is_ok(), revocations), (200, true, 0));
        } else {
            assert_ne!(home.status(), 200, "the session is over");
            assert_eq!((token.is_ok(), revocations), (false, 2), "and so is its grant, here and there");
        }
        match run {
            Run::Cut { waits } => Run::Cut { waits },
            Run::Ended(answer) => {
                assert_eq!(answer.status(), 303);
                Run::Ended(())
            }
        }
    });
}
