const KILOMETRE_M = 1000;

/** "80 m", "1.2 km": as exact as a guard needs it. */
export function metres(distanceM: number): string {
  const nearM = Math.round(distanceM / 10) * 10;
  return nearM < KILOMETRE_M ? `${nearM} m` : `${(distanceM / KILOMETRE_M).toFixed(1)} km`;
}
