from pathlib import Path

import pytest

from patrol.faces.manifest import ManifestError, read_manifest


def test_patrols_own_manifest_is_read_where_the_folder_has_none(tmp_path: Path) -> None:
    assert {"yunet", "sface", "dlib"} <= read_manifest(tmp_path).keys()


def test_the_manifest_in_models_is_patrols_own() -> None:
    models = Path(__file__).parent.parent.parent / "models"
    assert (models / "manifest.toml").is_file()
    assert read_manifest(models) == read_manifest(Path("nowhere"))


@pytest.mark.parametrize("name", ["yunet", "sface", "dlib"])
def test_every_entry_says_whose_it_is_and_is_pinned(name: str) -> None:
    entry = read_manifest(Path("nowhere"))[name]
    assert entry.licence
    assert entry.rights
    assert entry.trained_on
    hashes = (entry.sha256, entry.source.sha256, entry.source.wheel_sha256)
    assert all(len(digest) == 64 for digest in hashes)
    assert all(address.startswith("https://") for address in entry.source.addresses)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("yunet = ", "manifest.toml: "),
        ("[yunet]\nrole = 'detector'", "yunet.version"),
        ("[yunet]\nrole = 'painter'", "yunet.role = 'painter'"),
        ("[yunet]\nspeed = 3", "yunet.speed = 3"),
    ],
)
def test_a_mistake_is_named_by_file_key_and_value(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "manifest.toml").write_text(text)
    with pytest.raises(ManifestError) as refusal:
        read_manifest(tmp_path)
    assert str(tmp_path) in str(refusal.value)
    assert message in str(refusal.value)
