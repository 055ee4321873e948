//! The real binary, killed at a chosen send; and a world that can be had again as it was before.
//!
//! Every request of a world's commands passes a door. At the request at which a command is to be killed the door holds
//! everything back until the command is dead: it cannot go on, and nobody has to be quick.

use std::future::{pending, ready};
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use futures::{StreamExt, stream};
use rollcall::sandbox::{Data, Running, Sandbox, Settings};
use serde_json::Value;
use tokio::sync::{RwLock, oneshot};
use tokio::task::spawn_blocking;

use crate::relay::{Answered, Relay, serve};
use crate::workdir::{Ended, Workdir, end};

/// How many worlds there are at once. Their commands mostly wait: for the disk, and for a group whose creation was never
/// answered, which is looked for during ten seconds.
const WORLDS: usize = 32;

/// Goes on with whatever was left.
pub(crate) const RESUME: [&str; 4] = ["runs", "resume", "--rate", "1000"];

/// A request at which a command is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// Which of the command's requests, from 1.
    pub(crate) send: usize,
    /// Whether it is carried out before the command is killed. It is never answered.
    pub(crate) carried_out: bool,
}

impl Moment {
    /// One that comes sooner, and on the other side of what is asked.
    pub(crate) fn next(self) -> Self {
        Self { send: self.send.div_ceil(2), carried_out: !self.carried_out }
    }
}

/// Kills a command at each of its requests from the `first` on: before it is carried out and, when it changes something,
/// after as well. Each time that happens in a twin of the world, of which `then` says how it has to go on.
///
/// Yields how often the command was killed.
pub(crate) async fn killed_at_every_send(
    before: &World,
    args: &[&str],
    first: usize,
    then: impl AsyncFn(World, Moment),
) -> usize {
    let then = &then;
    let moments = (first..).flat_map(|send| [false, true].map(|carried_out| Moment { send, carried_out }));
    stream::iter(moments)
        .map(|moment| async move {
            let world = before.twin().await;
            let method = world.killed_at(args, moment).await?;
            // A question is the same before and after.
            let tells = !moment.carried_out || method != Method::GET;
            if tells {
                then(world, moment).await;
            }
            Some(usize::from(tells))
        })
        .buffered(WORLDS)
        .take_while(|killed| ready(killed.is_some()))
        .fold(0, |all, killed| ready(all + killed.unwrap_or_default()))
        .await
}

/// Stands before a sandbox.
struct Door {
    relay: Relay,
    trap: Mutex<Option<Trap>>,
    /// Read by whatever is being carried out.
    under_way: Arc<RwLock<()>>,
}

/// A request that is waited for.
struct Trap {
    /// How many come until then, itself included; none when it has come.
    left: usize,
    carried_out: bool,
    /// Hears of its method.
    sprung: Option<oneshot::Sender<Method>>,
}

/// What becomes of a request at the door.
enum Turn {
    Passes,
    /// It is the one that is waited for.
    Springs {
        carried_out: bool,
        sprung: oneshot::Sender<Method>,
    },
    /// That one has come before.
    Waits,
}

impl Door {
    fn turn(&self) -> Turn {
        let mut trap = self.trap.lock().unwrap();
        let Some(Trap { left, carried_out, sprung }) = trap.as_mut() else { return Turn::Passes };
        *left = left.saturating_sub(1);
        match sprung.take_if(|_| *left == 0) {
            Some(sprung) => Turn::Springs { carried_out: *carried_out, sprung },
            None if *left == 0 => Turn::Waits,
            None => Turn::Passes,
        }
    }
}

/// Passes a request on, unless it is caught. What is passed on is carried out even if nobody waits for its answer any
/// more.
async fn pass(State(door): State<Arc<Door>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Answered {
    let under_way = Arc::clone(&door.under_way).read_owned().await;
    let turn = door.turn();
    let asked = (method.clone(), uri, headers, body);
    let carry = || {
        tokio::spawn(async move {
            let answer = door.relay.carry(asked).await;
            drop(under_way);
            answer
        })
    };
    match turn {
        Turn::Passes => return carry().await.unwrap(),
        Turn::Springs { carried_out, sprung } => {
            if carried_out {
                carry().await.unwrap();
            }
            sprung.send(method).unwrap();
        }
        Turn::Waits => {}
    }
    pending().await
}

/// A folder with everything in it: the state of the binary, and the groups of a sandbox.
pub(crate) struct World {
    pub(crate) dir: Workdir,
    pub(crate) running: Running,
    door: Arc<Door>,
    base_url: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::of(Workdir::new()).await
    }

    async fn of(dir: Workdir) -> Self {
        std::fs::create_dir_all(dir.path("groups")).unwrap();
        let data = Data::File(dir.path("groups").join("sandbox.sqlite"));
        let running = Sandbox::start(Settings { data, ..Settings::default() }).await.unwrap();
        let relay = Relay::to(&running.base_url());
        let door = Arc::new(Door { relay, trap: Mutex::default(), under_way: Arc::default() });
        let app = Router::new().fallback(pass).with_state(Arc::clone(&door));
        let base_url = serve(app, &running.base_url()).await;
        Self { dir, running, door, base_url }
    }

    /// The same once more, for something else to happen.
    pub(crate) async fn twin(&self) -> Self {
        let dir = Workdir::new();
        copy(&self.dir.path("."), &dir.path("."));
        Self::of(dir).await
    }

    /// How many requests ended before the first that changes something.
    pub(crate) fn reads(&self) -> usize {
        self.running.log().entries().iter().take_while(|entry| entry.method == "GET").count()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.dir.command(args);
        command.env("ROLLCALL_BASE_URL", &self.base_url).env("SINCH_API_TOKEN", self.running.token());
        command
    }

    /// Kills a command at a request, and yields the request's method; none when the command has ended well before it.
    pub(crate) async fn killed_at(&self, args: &[&str], moment: Moment) -> Option<Method> {
        let (sprung, caught) = oneshot::channel();
        let trap = Trap { left: moment.send, carried_out: moment.carried_out, sprung: Some(sprung) };
        *self.door.trap.lock().unwrap() = Some(trap);
        let mut child = self.command(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        // Open for as long as the process lives.
        let mut stderr = child.stderr.take().unwrap();
        let mut ended = spawn_blocking(move || {
            let mut said = Vec::new();
            stderr.read_to_end(&mut said).map(|_| String::from_utf8_lossy(&said).into_owned())
        });
        let method = tokio::select! {
            method = caught => Some(method.unwrap()),
            said = &mut ended => {
                assert!(child.wait().unwrap().success(), "{args:?}, {moment:?}: {}", said.unwrap().unwrap());
                None
            }
        };
        if method.is_some() {
            child.kill().unwrap();
            assert_eq!(child.wait().unwrap().signal(), Some(9), "{args:?}, {moment:?}");
            // Whatever was on its way has arrived.
            drop(self.door.under_way.write().await);
        }
        *self.door.trap.lock().unwrap() = None;
        method
    }

    /// Kills whoever goes on with a run as well, half as many requests later, and lets the next one go on to the end.
    pub(crate) async fn resumed(&self, moment: Moment) -> Ended {
        self.killed_at(&RESUME, moment.next()).await;
        let resumed = self.end(&RESUME).await;
        assert_eq!(resumed.code, 0, "{moment:?}: {resumed:?}");
        resumed
    }

    /// Runs a command to its end.
    pub(crate) async fn end(&self, args: &[&str]) -> Ended {
        let mut command = self.command(args);
        spawn_blocking(move || end(&mut command)).await.unwrap()
    }

    /// Runs a command that must end well, and reads what it tells scripts.
    pub(crate) async fn told(&self, args: &[&str]) -> Value {
        let ended = self.end(&[args, &["--json"]].concat()).await;
        serde_json::from_str(&ended.code(0).stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
