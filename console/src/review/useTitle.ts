import { useEffect } from "react";
import { useWords } from "../words/language";

/** How many wait, readable on the tab of a browser that is in the background. */
export function useTitle(n: number): void {
  const { product } = useWords().shell;
  useEffect(() => {
    document.title = n > 0 ? `(${n}) ${product}` : product;
    return () => {
      document.title = product;
    };
  }, [n, product]);
}
