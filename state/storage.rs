//! Object storage, as far as state needs it.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt as _, ObjectStoreScheme, PutMode, PutOptions,
    PutPayload, RetryConfig, UpdateVersion,
};
use url::Url;

use crate::error::Error;

/// A place in object storage.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    pub(crate) store: Arc<dyn ObjectStore>,
    /// The url, for people.
    url: String,
    /// The document.
    pub(crate) at: Path,
}

/// How long requests are tried again.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the document is called in a folder.
const NAME: &str = "estate.json";

impl Storage {
    /// Opens a place; nothing is read or written yet.
    pub(crate) fn open(written: &str) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Unsuitable {
            place: written.to_owned(),
            reason,
        };
        let url = Url::parse(written).map_err(|error| wrong(format!("it is no url: {error}")))?;
        let (scheme, path) =
            ObjectStoreScheme::parse(&url).map_err(|error| wrong(error.to_string()))?;
        // Whoever comes first in a process says with what TLS is done; it is the same for all.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let retry = RetryConfig {
            max_retries: 5,
            retry_timeout: PATIENCE,
            ..RetryConfig::default()
        };
        let store: Result<Arc<dyn ObjectStore>, _> = match scheme {
            ObjectStoreScheme::AmazonS3 => {
                let mut builder = AmazonS3Builder::from_env().with_url(written);
                if names_http(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"]) {
                    builder = builder.with_allow_http(true);
                }
                let built = builder.with_retry(retry).build();
                built.map(|store| Arc::new(store) as _)
            }
            ObjectStoreScheme::GoogleCloudStorage => {
                let builder = GoogleCloudStorageBuilder::from_env().with_url(written);
                let built = builder.with_retry(retry).build();
                built.map(|store| Arc::new(store) as _)
            }
            ObjectStoreScheme::MicrosoftAzure => {
                let mut builder = MicrosoftAzureBuilder::from_env().with_url(written);
                if names_http(&["AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"]) {
                    let options = ClientOptions::new().with_allow_http(true);
                    builder = builder.with_client_options(options);
                }
                let built = builder.with_retry(retry).build();
                built.map(|store| Arc::new(store) as _)
            }
            _ => {
                return Err(wrong(
                    "it begins neither with `s3://` nor with `gs://` nor with `az://`".to_owned(),
                ));
            }
        };
        let store = store.map_err(|error| wrong(error.to_string()))?;
        Ok(Self::new(store, written, path))
    }

    /// Makes a place of an object, or of a folder where the url ends with a slash or names no object.
    pub(crate) fn new(store: Arc<dyn ObjectStore>, url: &str, path: Path) -> Self {
        let is_folder = url.ends_with('/') || path.as_ref().is_empty();
        let (at, url) = match is_folder {
            true => (
                path.join(NAME),
                format!("{}/{NAME}", url.trim_end_matches('/')),
            ),
            false => (path, url.to_owned()),
        };
        Self { store, url, at }
    }

    pub(crate) fn describe(&self) -> String {
        self.url.clone()
    }

    /// Returns the path of what lies beside the document: `estate.lock` beside `estate.json`.
    pub(crate) fn beside(&self, extension: &str) -> Path {
        Path::from(with_extension(self.at.as_ref(), extension))
    }

    /// Returns the url of what lies beside the document.
    pub(crate) fn url_of(&self, beside: &Path) -> String {
        let root = self.url.strip_suffix(self.at.as_ref());
        format!("{}{beside}", root.unwrap_or_default())
    }

    pub(crate) fn unreachable(&self, verb: &'static str, source: object_store::Error) -> Error {
        Error::Unreachable {
            place: self.describe(),
            verb,
            source: Box::new(source),
        }
    }

    /// Reads an object, with what tells its form from others; `None` where there is none.
    pub(crate) async fn read(
        &self,
        path: &Path,
    ) -> Result<Option<(Vec<u8>, UpdateVersion)>, Error> {
        let failed = |error| self.unreachable("read", error);
        let found = match self.store.get(path).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let version = UpdateVersion {
            e_tag: found.meta.e_tag.clone(),
            version: found.meta.version.clone(),
        };
        let bytes = found.bytes().await.map_err(failed)?;
        Ok(Some((bytes.to_vec(), version)))
    }

    /// Writes an object; `None` where something else is there than expected.
    pub(crate) async fn put(
        &self,
        path: &Path,
        payload: PutPayload,
        mode: PutMode,
    ) -> Result<Option<UpdateVersion>, Error> {
        let put = self
            .store
            .put_opts(path, payload, PutOptions::from(mode))
            .await;
        match put {
            Ok(put) => Ok(Some(UpdateVersion {
                e_tag: put.e_tag,
                version: put.version,
            })),
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. },
            ) => Ok(None),
            Err(error) => Err(self.unreachable("written", error)),
        }
    }

    /// Deletes an object, if it is there.
    pub(crate) async fn delete(&self, path: &Path) -> Result<(), Error> {
        match self.store.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.unreachable("written", error)),
        }
    }
}

/// Reports whether something failed for want of rights.
pub(crate) fn is_forbidden(error: &Error) -> bool {
    let Error::Unreachable { source, .. } = error else {
        return false;
    };
    matches!(
        source.downcast_ref::<object_store::Error>(),
        Some(
            object_store::Error::PermissionDenied { .. }
                | object_store::Error::Unauthenticated { .. }
        )
    )
}

/// Reports whether the environment names a server without TLS: whoever writes `http://` there means it.
fn names_http(variables: &[&str]) -> bool {
    let mut values = variables.iter().filter_map(|name| std::env::var(name).ok());
    values.any(|value| value.starts_with("http://"))
}

/// Puts another extension in the place of that of a path.
fn with_extension(path: &str, extension: &str) -> String {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    let stem = match path[name..].rfind('.') {
        Some(dot) if dot > 0 => &path[..name + dot],
        _ => path,
    };
    format!("{stem}.{extension}")
}
