export default function Page(_props: object) { return null; }
