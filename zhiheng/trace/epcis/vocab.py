"""The words of the Core Business Vocabulary 2.0 and of the sensor part of EPCIS 2.0.

A word can be written in four ways that mean the same: bare (``shipping``), as GS1 Web URI
(``https://ref.gs1.org/cbv/BizStep-shipping``), as compact URI (``cbv:BizStep-shipping``) and, from EPCIS
1.x, as URN (``urn:epcglobal:cbv:bizstep:shipping``). ``short`` makes the first of all of them.
"""

from __future__ import annotations

import difflib
from typing import NamedTuple


class Vocabulary(NamedTuple):
    """One closed list of words, and the prefixes under which they are also written."""

    name: str
    words: frozenset[str]
    web: str  # the form in the event hash: web + word
    prefixes: tuple[str, ...]
    notations: dict[str, str]  # every way to write a word -> the word


def _vocabulary(name: str, words: str, web: str, *more: str) -> Vocabulary:
    known = frozenset(words.split())
    prefixes = (web, *more)
    notations = {w: w for w in known}
    for prefix in prefixes:
        notations.update({prefix + w: w for w in known})
    return Vocabulary(name, known, web, prefixes, notations)


_REF = "https://ref.gs1.org/cbv/"


def _cbv(name: str, words: str, tail: str, urn: str) -> Vocabulary:
    return _vocabulary(
        name,
        words,
        f"{_REF}{tail}-",
        f"http://ref.gs1.org/cbv/{tail}-",
        f"https://ns.gs1.org/cbv/{tail}-",
        f"http://ns.gs1.org/cbv/{tail}-",
        f"cbv:{tail}-",
        f"urn:epcglobal:cbv:{urn}:",
    )


BIZ_STEP = _cbv(
    "bizStep",
    """accepting arriving assembling collecting commissioning consigning creating_class_instance
    cycle_counting decommissioning departing destroying disassembling dispensing encoding entering_exiting
    holding inspecting installing killing loading other packing picking receiving removing repackaging
    repairing replacing reserving retail_selling sampling sensor_reporting shipping staging_outbound
    stock_taking stocking storing transporting unloading unpacking void_shipping""",
    "BizStep",
    "bizstep",
)
DISPOSITION = _cbv(
    "disposition",
    """active available completeness_inferred completeness_verified conformant container_closed
    container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive
    mismatch_class mismatch_instance mismatch_quantity needs_replacement no_pedigree_match non_conformant
    non_sellable_other partially_dispensed recalled reserved retail_sold returned sellable_accessible
    sellable_not_accessible stolen unavailable unknown""",
    "Disp",
    "disp",
)
BIZ_TRANSACTION = _cbv(
    "business transaction type",
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt",
    "BTT",
    "btt",
)
SOURCE_DEST = _cbv("source/destination type", "owning_party possessing_party location", "SDT", "sdt")
ERROR_REASON = _cbv("error reason", "did_not_occur incorrect_data", "ER", "er")
COMPONENT = _cbv(
    "sensor component",
    """x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing
    latitude longitude altitude""",
    "Comp",
    "comp",
)

_VOC = (
    "https://gs1.org/voc/",
    "http://gs1.org/voc/",
    "https://www.gs1.org/voc/",
    "http://www.gs1.org/voc/",
    "gs1:",
)

MEASUREMENT = _vocabulary(
    "measurement type",
    """AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Radioactivity Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance
    Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
    ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force
    Frequency Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance
    LuminousFlux LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass
    MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass
    MolarVolume Power Pressure RadiantFlux RadiantIntensity RelativeHumidity Resistance Resistivity
    SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume
    VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber""",
    *_VOC,
)
SENSOR_ALERT = _vocabulary("sensor exception", "ALARM_CONDITION ERROR_CONDITION", *_VOC)

ALL = (
    BIZ_STEP,
    DISPOSITION,
    BIZ_TRANSACTION,
    SOURCE_DEST,
    ERROR_REASON,
    COMPONENT,
    MEASUREMENT,
    SENSOR_ALERT,
)

_SHORT: dict[str, str] = {}
for _v in ALL:
    _SHORT.update(_v.notations)

# Under these prefixes only GS1 makes words: one that it has not made is a mistake, not an extension.
RESERVED = (
    "urn:epcglobal:cbv:bizstep:",
    "urn:epcglobal:cbv:disp:",
    "urn:epcglobal:cbv:btt:",
    "urn:epcglobal:cbv:sdt:",
    "urn:epcglobal:cbv:er:",
    "urn:epcglobal:cbv:comp:",
    "https://ref.gs1.org/cbv/",
    "http://ref.gs1.org/cbv/",
    "https://ns.gs1.org/cbv/",
    "http://ns.gs1.org/cbv/",
    "cbv:",
)


def short(word: str) -> str:
    """``shipping`` for every notation of a standard word; any other word unchanged."""
    return _SHORT.get(word, word)


def nearest(word: str, words: frozenset[str]) -> str | None:
    """The valid word that the sender probably meant."""
    tail = word.rsplit(":", 1)[-1].rsplit("/", 1)[-1].rsplit("-", 1)[-1]
    by_fold = {w.casefold(): w for w in sorted(words)}
    found = difflib.get_close_matches(tail.casefold(), list(by_fold), n=1, cutoff=0.5)
    return by_fold[found[0]] if found else None
