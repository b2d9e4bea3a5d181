//! Walks of single machines through the explored worlds, for whoever wants to replay them to something else: a set that
//! covers every kind of step that any machine takes.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt::Write as _;

use gatepass_core::renewal::{
    Effect, Event, Found, Journal, Lineage, Seen, State, Told, Verdict, Waiting, Which,
};

use crate::hash::{Hashed, hash};
use crate::moves::Moves;
use crate::numbers::{NOW, holder};
use crate::provider::Token;
use crate::scenario::Scenario;
use crate::story::{Heard, Label, What};
use crate::world::{Role, World};

/// What the machine was made for.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    /// By somebody who saw this row.
    Renew(Journal),
    Fence,
    Sweep,
    Install(Lineage, Token),
}

/// One machine from its beginning to its end.
#[derive(Clone, Debug)]
pub struct Trace {
    pub scenario: Scenario,
    /// Its number among the actors, which is its name in a row.
    pub index: usize,
    pub task: Task,
    pub steps: Vec<Step>,
    /// The kind of step for which it was walked.
    pub shows: String,
}

/// What the machine was told, and what it then wanted. All times are those of a world in which it is always `NOW`.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// So much time passed since the effect before.
    pub ticks: u8,
    /// So many writes of the row were applied since the effect before, one's own included.
    pub writes: u8,
    pub event: Event,
    pub effect: Effect,
}

struct Node {
    parent: usize,
    label: Option<Label>,
    world: World,
    /// Who began already: nobody begins twice, so that every name stands for one machine.
    begun: u32,
}

/// Walks that together show every kind of step that machines take in these scenarios.
pub fn traces(scenarios: &[Scenario]) -> Vec<Trace> {
    let (mut shown, mut all) = (BTreeSet::new(), Vec::new());
    // What was put into words before: most steps are taken again and again.
    let mut worded: HashMap<u128, (), Hashed> = HashMap::default();
    for scenario in scenarios {
        let mut nodes = vec![Node { parent: 0, label: None, world: World::new(scenario), begun: 0 }];
        let mut seen: HashMap<u128, (), Hashed> = HashMap::default();
        let mut queue = VecDeque::from([0]);
        while let Some(at) = queue.pop_front() {
            for (world, label) in Moves::of(scenario, &nodes[at].world).next {
                let Some(begun) = begins(nodes[at].begun, &label) else { continue };
                let exactly = |heard: &Heard| {
                    let who = label.who.map(|(_, index)| index);
                    hash(&(who, heard.before.place(), heard.event, heard.effect))
                };
                let heard = label.heard.filter(|heard| !worded.contains_key(&exactly(heard)));
                let new = heard.map(|heard| kind(&label, heard)).filter(|kind| !shown.contains(kind));
                let unseen = world.wrong.is_none() && seen.insert(hash(&(&world, begun)), ()).is_none();
                if let (Some(heard), None) = (heard, &new) {
                    worded.insert(exactly(&heard), ());
                }
                if new.is_none() && !unseen {
                    continue;
                }
                nodes.push(Node { parent: at, label: Some(label), world, begun });
                let node = nodes.len() - 1;
                if let Some(kind) = new
                    && let Some(trace) = trace(scenario, &nodes, node, &kind)
                {
                    shown.insert(kind);
                    all.push(trace);
                }
                if unseen {
                    queue.push_back(node);
                }
            }
        }
    }
    all
}

/// Who has begun after this move; `None`: the move is not walked.
fn begins(begun: u32, label: &Label) -> Option<u32> {
    match (label.what, label.who) {
        // A driver hears of a jump of the store's clock only by the store's next answer.
        (What::ClockJumps | What::Freezes | What::Strays(_) | What::Restored | What::ClockBack, _) => None,
        (What::Begins | What::LogsIn, Some((_, index))) => {
            (begun & (1 << index) == 0).then_some(begun | (1 << index))
        }
        _ => Some(begun),
    }
}

/// The way to a node, and from there on to the machine's end while nothing else goes wrong.
fn trace(scenario: &Scenario, nodes: &[Node], end: usize, shows: &str) -> Option<Trace> {
    let mut way = Vec::new();
    let mut at = end;
    while at != 0 {
        way.push(at);
        at = nodes[at].parent;
    }
    let (_, index) = nodes[end].label?.who?;
    let mut walk = Walk { index, task: None, ticks: 0, writes: 0, steps: Vec::new(), over: false };
    for at in way.into_iter().rev() {
        walk.step(&nodes[nodes[at].parent].world, &nodes[at].world, &nodes[at].label?);
    }
    let (mut world, mut begun) = (nodes[end].world.clone(), nodes[end].begun);
    for _ in 0..80 {
        if walk.over {
            return Some(Trace {
                scenario: *scenario,
                index,
                task: walk.task?,
                steps: walk.steps,
                shows: shows.to_owned(),
            });
        }
        let moves = Moves::of(scenario, &world).next.into_iter();
        let quiet = |(_, label): &(World, Label)| {
            !label.fault
                && !matches!(
                    label.what,
                    What::Begins | What::LogsIn | What::Perishes(_) | What::WriteVanishes
                )
        };
        let rank = |(_, label): &(World, Label)| match (label.who, label.what) {
            (Some((_, who)), _) if who == index => 0,
            (_, What::Tick) => 2,
            _ => 1,
        };
        let (next, label) = moves.filter(quiet).min_by_key(rank)?;
        begun = begins(begun, &label)?;
        walk.step(&world, &next, &label);
        world = next;
    }
    None
}

struct Walk {
    index: usize,
    task: Option<Task>,
    ticks: u8,
    writes: u8,
    steps: Vec<Step>,
    over: bool,
}

impl Walk {
    fn step(&mut self, before: &World, after: &World, label: &Label) {
        let mine = label.who.is_some_and(|(_, index)| index == self.index);
        let writes = |what| matches!(what, What::Writes(_) | What::ReplyLost(Some(_)) | What::LateWrite(_));
        self.ticks += u8::from(matches!(label.what, What::Tick));
        self.writes += u8::from(writes(label.what));
        let Some(Heard { event, effect, .. }) = label.heard.filter(|_| mine) else { return };
        if event == Event::Begin {
            let issued = after.actors[self.index].issued;
            self.task = match label.who.map(|(role, _)| role) {
                Some(Role::Replica) => before.row.map(Task::Renew),
                Some(Role::Logout) => Some(Task::Fence),
                Some(Role::Login) => Some(Task::Install(Lineage::new(100 * (u64::from(issued) + 1)), issued)),
                _ => Some(Task::Sweep),
            };
        }
        self.steps.push(Step { ticks: self.ticks, writes: self.writes, event, effect });
        (self.ticks, self.writes) = (0, 0);
        self.over = matches!(effect, Effect::Done(_));
    }
}

/// The kind of a step, in words.
fn kind(label: &Label, heard: Heard) -> String {
    let me = label.who.map(|(_, index)| holder(index));
    let found = |found: Found| match found {
        None => "no row".to_owned(),
        Some((_, row)) => {
            let mine = if row.attempt == me { ", mine" } else { "" };
            let over = if row.lease_until.is_some_and(|until| until <= NOW) { ", over" } else { "" };
            format!("{}{mine}{over}", state(row.state))
        }
    };
    let mut kind = heard.before.place().to_owned();
    let told = match heard.event {
        Event::Begin => "begin".to_owned(),
        Event::Read(row) => format!("read {}", found(row)),
        Event::Swapped(_) => "swapped".to_owned(),
        Event::Moved(row) => format!("moved {}", found(row)),
        Event::StoreUnknown => "store unknown".to_owned(),
        Event::Answered(seen) => answered(seen),
        Event::Told(Told::Done) => "told".to_owned(),
        Event::Told(_) => "not told".to_owned(),
        _ => "woke".to_owned(),
    };
    let wants = match heard.effect {
        Effect::Read => "read".to_owned(),
        Effect::Swap { expected, next, tokens } => {
            let next = next.map_or("nothing".into(), |next| format!("{} {}", state(next.state), held(&next)));
            format!("swap {} for {next}, {tokens:?}", if expected.is_some() { "a row" } else { "nothing" })
        }
        Effect::Send { not_after, .. } => {
            format!("send{}", if not_after < NOW { ", too late" } else { "" })
        }
        Effect::Revoke(which) => format!("revoke {}", named(which)),
        Effect::Wait { why, .. } => waits(why).to_owned(),
        Effect::Done(verdict) => format!("done {}", ends(verdict)),
        _ => "other".to_owned(),
    };
    let _ = write!(kind, " | {told} | {wants}");
    kind
}

fn state(state: State) -> &'static str {
    match state {
        State::Active => "active",
        State::Refreshing => "refreshing",
        State::Suspect => "suspect",
        State::Revoking => "revoking",
        _ => "dead",
    }
}

fn held(row: &Journal) -> &'static str {
    match (row.attempt, row.lease_until) {
        (Some(_), Some(until)) if until > NOW => "held",
        (Some(_), _) => "let go",
        (None, Some(_)) => "until",
        (None, None) => "",
    }
}

fn answered(seen: Seen) -> String {
    match seen {
        Seen::Answer { successor, usable } => {
            format!("answer, successor {}, usable {usable}", successor.is_some())
        }
        other => format!("{other:?}"),
    }
}

fn named(which: Which) -> &'static str {
    match which {
        Which::Stored(..) => "stored",
        Which::Answer => "answer",
        _ => "issued",
    }
}

fn waits(why: Waiting) -> &'static str {
    match why {
        Waiting::Holder => "wait for the holder",
        Waiting::Arrival => "wait for arrival",
        _ => "wait for the store",
    }
}

fn ends(verdict: Verdict) -> String {
    match verdict {
        Verdict::Installed(which) => format!("installed {:?}", which.map(named)),
        Verdict::Superseded(which) => format!("superseded {:?}", which.map(named)),
        Verdict::Abandoned(..) => "abandoned".to_owned(),
        Verdict::NotYet(_) => "not yet".to_owned(),
        other => format!("{other:?}"),
    }
}
