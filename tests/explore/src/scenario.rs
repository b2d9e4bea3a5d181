//! What is explored: who is there, what the provider is like, how much goes wrong, and which assumption is broken.

use gatepass_core::renewal::{Policy, Reach, Rotation, Rules};

use crate::numbers;
use crate::provider::Kind;

/// An assumption of the promise, broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Broken {
    /// A request of which nobody hears any more arrives after any time.
    LateArrival,
    /// A process is frozen between the guard and the first byte, for any time.
    FreezeAfterGuard,
    /// The profile says that a 503 proves that nothing was done, and the gateway lies.
    LyingGateway,
    /// The database is restored from a backup.
    RestoredRow,
    /// The provider's window is shorter than the profile says.
    ShortGrace,
    /// The store's clock is set back.
    StoreClockBack,
    /// The store's clock jumps ahead while a request is out that may be repeated.
    StoreClockAhead,
}

/// One exploration.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub kind: Kind,
    pub reach: Reach,
    pub replicas: usize,
    /// Renewals that each replica begins.
    pub rounds: u8,
    pub logout: bool,
    pub logins: u8,
    /// How many things go wrong, of all kinds, anywhere.
    pub faults: u8,
    /// Whether a write whose reply was lost may be applied later.
    pub limbo: bool,
    /// Whether the person may take the access away at the provider.
    pub withdrawal: bool,
    pub broken: Option<Broken>,
    /// Whether a row that holds a spent token is walked on from, to see what it leads to.
    pub onward: bool,
    pub rules: Rules,
}

impl Scenario {
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            reach: Reach::Family,
            replicas: 2,
            rounds: 2,
            logout: false,
            logins: 0,
            faults: 2,
            limbo: false,
            withdrawal: false,
            broken: None,
            onward: false,
            rules: Rules::ALL,
        }
    }

    #[must_use]
    pub const fn reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    #[must_use]
    pub const fn replicas(mut self, replicas: usize, rounds: u8) -> Self {
        (self.replicas, self.rounds) = (replicas, rounds);
        self
    }

    #[must_use]
    pub const fn logout(mut self) -> Self {
        self.logout = true;
        self
    }

    #[must_use]
    pub const fn logins(mut self, logins: u8) -> Self {
        self.logins = logins;
        self
    }

    #[must_use]
    pub const fn faults(mut self, faults: u8) -> Self {
        self.faults = faults;
        self
    }

    #[must_use]
    pub const fn limbo(mut self) -> Self {
        self.limbo = true;
        self
    }

    #[must_use]
    pub const fn withdrawal(mut self) -> Self {
        self.withdrawal = true;
        self
    }

    #[must_use]
    pub const fn broken(mut self, broken: Broken) -> Self {
        self.broken = Some(broken);
        self
    }

    #[must_use]
    pub const fn onward(mut self) -> Self {
        self.onward = true;
        self
    }

    #[must_use]
    pub const fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Who is there, in a few words.
    pub fn name(&self) -> String {
        let Self { kind, reach, replicas, rounds, logout, logins, faults, limbo, withdrawal, .. } = self;
        let mut name = format!("{kind:?}, reach {reach:?}, {replicas} replicas x {rounds}");
        if *logout {
            name += ", logout";
        }
        match logins {
            0 => {}
            1 => name += ", login",
            more => name += &format!(", {more} logins"),
        }
        if *limbo {
            name += ", writes applied late";
        }
        if *withdrawal {
            name += ", access withdrawn";
        }
        name + &format!(", {faults} faults")
    }

    pub fn rotation(&self) -> Rotation {
        let rotation = numbers::rotation(self.kind, self.reach);
        match self.broken {
            Some(Broken::LyingGateway) => rotation.unavailable_is_unprocessed(),
            _ => rotation,
        }
    }

    pub fn policy(&self) -> Policy {
        numbers::policy(self.rotation())
    }

    /// Whether the store's clock may jump ahead: where a token is never presented by two, that is a fault like others.
    pub fn clock_jumps(&self) -> bool {
        matches!(self.kind, Kind::Strict | Kind::Stable) || self.broken == Some(Broken::StoreClockAhead)
    }

    /// The window as the provider keeps it.
    pub fn window(&self) -> u8 {
        match self.broken {
            Some(Broken::ShortGrace) => 1,
            _ => numbers::GRACE,
        }
    }
}
