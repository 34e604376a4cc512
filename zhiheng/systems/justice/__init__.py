"""The two-way link of enforcement with criminal justice (两法衔接): handing over, the desk, the sealed package."""
