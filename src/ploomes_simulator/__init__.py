"""A pretend Ploomes CRM over real HTTP, for tests, demos and measurements without an account."""

from ploomes_simulator.app import create_simulator
from ploomes_simulator.faults import Fault
from ploomes_simulator.settings import SettingError, SimulatorSettings
from ploomes_simulator.simulator import Simulator

__all__ = ["Fault", "SettingError", "Simulator", "SimulatorSettings", "create_simulator"]
