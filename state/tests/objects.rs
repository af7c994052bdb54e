//! The store in object storage: kept apart by conditional writes alone, whatever gets lost on the way.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use super::{begun, done, holder, put, realm};
use crate::objects::ObjectStore;
use crate::storage::Storage;
use crate::{Error, Lock, Store as _};

/// Storage that does not always do as it should.
#[derive(Debug)]
struct Faulty {
    inner: InMemory,
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// The answer to every write is lost, and the client writes again.
    LostAnswers,
    /// What a write expects is not looked at.
    NoConditions,
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} storage", self.fault)
    }
}

#[async_trait]
impl object_store::ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        mut options: PutOptions,
    ) -> Result<PutResult> {
        match self.fault {
            Fault::None => {}
            Fault::LostAnswers => {
                let first = self
                    .inner
                    .put_opts(location, payload.clone(), options.clone());
                let _ = first.await;
            }
            Fault::NoConditions => options.mode = PutMode::Overwrite,
        }
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

fn storage(fault: Fault) -> Arc<Faulty> {
    Arc::new(Faulty {
        inner: InMemory::new(),
        fault,
    })
}

/// How often the holders of these tests show that they live.
const OFTEN: Duration = Duration::from_millis(5);

/// How long they may be silent.
const SILENCE: Duration = Duration::from_millis(250);

fn store(storage: &Arc<Faulty>, name: &str, beat: Duration) -> ObjectStore {
    let place = Storage::new(storage.clone(), "s3://bucket/shop/", Path::from("shop"));
    ObjectStore::of(place, name.to_owned(), beat, SILENCE)
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.expect("a runtime").block_on(test)
}

async fn apply(store: &mut ObjectStore, serial: u64) {
    let dev = realm("dev");
    let size = i64::try_from(serial).expect("small");
    for entry in [
        begun(serial),
        done(serial, 0, vec![put(1, size)], Vec::new()),
    ] {
        store.append(&dev, &entry).await.expect("written");
    }
}

async fn names(storage: &Faulty) -> Vec<String> {
    let all = object_store::ObjectStore::list(&storage.inner, None);
    let found = all.map(|one| one.expect("listed").location.to_string());
    let mut names: Vec<String> = found.collect().await;
    names.sort();
    names
}

#[test]
fn what_is_written_is_there_for_others_and_earlier_generations_are_kept() {
    run(async {
        let storage = storage(Fault::None);
        let mut first = store(&storage, "one", OFTEN);
        let dev = realm("dev");
        assert_eq!(first.load(&dev).await.expect("readable").serial, 0);
        assert_eq!(first.lock(&dev, &holder()).await.unwrap(), Lock::Held);
        for serial in 1..=25 {
            apply(&mut first, serial).await;
        }
        first.unlock(&dev).await.expect("unlocked");
        let mut second = store(&storage, "two", OFTEN);
        let loaded = second.load(&dev).await.expect("readable");
        assert_eq!((loaded.serial, loaded.lineage.as_str()), (25, "one"));
        let then = second.recorded(&dev, 7).await.expect("readable");
        let then = then.expect("remembered");
        assert_eq!(then.values().next(), Some(&put(1, 7)));
        let mut expected = vec!["shop/estate.json".to_owned()];
        let kept = |number| format!("shop/estate.generations/{number:08}.json");
        expected.splice(0..0, (5..25).map(kept));
        assert_eq!(names(&storage).await, expected);
    });
}

#[test]
fn one_at_a_time_holds_the_lock() {
    run(async {
        let storage = storage(Fault::None);
        let (mut first, mut second) =
            (store(&storage, "one", OFTEN), store(&storage, "two", OFTEN));
        let dev = realm("dev");
        assert_eq!(first.lock(&dev, &holder()).await.unwrap(), Lock::Held);
        assert_eq!(first.lock(&dev, &holder()).await.unwrap(), Lock::Held);
        // It lives: however long one waits, it keeps its lock.
        let began = Instant::now();
        while began.elapsed() < SILENCE * 3 {
            let busy = second.lock(&dev, &holder()).await.unwrap();
            assert_eq!(busy, Lock::Busy(Some(holder())));
            tokio::time::sleep(OFTEN).await;
        }
        apply(&mut first, 1).await;
        first.unlock(&dev).await.expect("unlocked");
        assert_eq!(second.lock(&dev, &holder()).await.unwrap(), Lock::Held);
        assert_eq!(second.load(&dev).await.unwrap().serial, 1);
    });
}

#[test]
fn who_is_silent_loses_the_lock_and_notices_before_writing() {
    run(async {
        let storage = storage(Fault::None);
        let mut asleep = store(&storage, "asleep", Duration::from_secs(600));
        let mut awake = store(&storage, "awake", OFTEN);
        let dev = realm("dev");
        assert_eq!(asleep.lock(&dev, &holder()).await.unwrap(), Lock::Held);
        apply(&mut asleep, 1).await;
        let began = Instant::now();
        while awake.lock(&dev, &holder()).await.unwrap() != Lock::Held {
            assert!(began.elapsed() < SILENCE * 20, "it never gets the lock");
            tokio::time::sleep(OFTEN).await;
        }
        assert!(began.elapsed() >= SILENCE, "it did not wait");
        apply(&mut awake, 2).await;
        let refused = asleep.append(&dev, &begun(2)).await;
        assert!(
            matches!(refused, Err(Error::LockLost { .. })),
            "{refused:?}"
        );
        assert!(asleep.lock(&dev, &holder()).await.is_err());
        // What it gives back is not its own any more.
        asleep.unlock(&dev).await.expect("nothing to do");
        apply(&mut awake, 3).await;
        assert_eq!(awake.load(&dev).await.unwrap().serial, 3);
        // Somebody who looks may end it.
        assert!(asleep.break_lock(&dev).await.expect("reachable"));
        let refused = awake.append(&dev, &begun(4)).await;
        assert!(
            matches!(refused, Err(Error::LockLost { .. })),
            "{refused:?}"
        );
    });
}

#[test]
fn lost_answers_lose_nothing() {
    run(async {
        let storage = storage(Fault::LostAnswers);
        let dev = realm("dev");
        for (serial, name) in (1..).zip(["one", "two", "three"]) {
            let mut store = store(&storage, name, OFTEN);
            assert_eq!(store.lock(&dev, &holder()).await.unwrap(), Lock::Held);
            apply(&mut store, serial).await;
            // Long enough for some beats.
            tokio::time::sleep(OFTEN * 4).await;
            apply(&mut store, serial).await;
            store.unlock(&dev).await.expect("unlocked");
            assert_eq!(store.load(&dev).await.unwrap().serial, serial);
        }
    });
}

#[test]
fn storage_that_looks_at_no_conditions_is_refused() {
    run(async {
        let storage = storage(Fault::NoConditions);
        let mut store = store(&storage, "one", OFTEN);
        let refused = store.lock(&realm("dev"), &holder()).await;
        assert!(
            matches!(refused, Err(Error::Unsuitable { .. })),
            "{refused:?}"
        );
        assert!(names(&storage).await.is_empty(), "it leaves nothing behind");
    });
}

#[test]
fn damage_is_put_aside() {
    run(async {
        let storage = storage(Fault::None);
        let mut store = store(&storage, "one", OFTEN);
        let dev = realm("dev");
        for bytes in [&b"\xff\xfe"[..], b"{"] {
            let at = Path::from("shop/estate.json");
            let payload = PutPayload::from(bytes.to_vec());
            let inner: &dyn object_store::ObjectStore = &storage.inner;
            let written = inner.put_opts(&at, payload, PutOptions::default()).await;
            written.expect("written");
            let damaged = store.load(&dev).await;
            assert!(matches!(damaged, Err(Error::Damaged { .. })), "{damaged:?}");
            let aside = store.set_aside().await.expect("moved");
            assert!(
                aside.starts_with("s3://bucket/shop/estate.damaged"),
                "{aside}"
            );
            assert_eq!(store.load(&dev).await.expect("nothing").serial, 0);
        }
        let aside = ["shop/estate.damaged1", "shop/estate.damaged2"];
        assert_eq!(names(&storage).await, aside);
    });
}

#[test]
fn only_urls_of_object_storage_are_taken() {
    for url in [
        "estate.json",
        "https://example.com/estate.json",
        "file:///tmp/x",
        "s3://",
    ] {
        let refused = ObjectStore::open(url, "one");
        assert!(
            matches!(refused, Err(Error::Unsuitable { .. })),
            "{url}: {refused:?}"
        );
    }
}
