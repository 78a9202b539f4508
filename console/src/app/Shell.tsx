/** The bar on top and the page below it. */

import { MenuOutlined } from "@ant-design/icons";
import { Button, Drawer } from "antd";
import { type ReactNode, useState } from "react";
import { Link, useLocation } from "wouter";
import type { User } from "../api/types";
import { UrgentBanner } from "../episodes/UrgentBanner";
import { LiveState } from "../live/LiveState";
import { useAccountLanguage } from "../login/useAccountLanguage";
import { PauseBanner } from "../pauses/PauseBanner";
import { PauseButton } from "../pauses/PauseButton";
import { useWords } from "../words/language";
import { AccountMenu } from "./AccountMenu";
import { addressOf, mayOpen, type PageName, PAGES } from "./access";
import { LanguageSwitch } from "./LanguageSwitch";
import "./shell.css";

interface Props {
  readonly user: User;
  readonly children: ReactNode;
}

export function Shell({ user, children }: Props) {
  const words = useWords();
  const rememberLanguage = useAccountLanguage(user);
  return (
    <div className="shell">
      <a className="shell-skip" href="#content">
        {words.shell.skip}
      </a>
      <header className="shell-bar">
        <PhoneMenu user={user} />
        <Link href="/" className="shell-brand">
          <img src="/favicon.svg" alt="" width={24} height={24} />
          {words.shell.product}
        </Link>
        <nav className="shell-nav" aria-label={words.shell.menu}>
          <PageLinks user={user} />
        </nav>
        <div className="shell-tools">
          <LiveState />
          <PauseButton user={user} />
          <LanguageSwitch onChoose={rememberLanguage} />
          <AccountMenu user={user} />
        </div>
      </header>
      <UrgentBanner />
      <PauseBanner user={user} />
      <main id="content" className="shell-page" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function PageLinks({ user }: { readonly user: User }) {
  const words = useWords();
  const [location] = useLocation();
  return PAGES.filter((page) => mayOpen(user, page)).map((page) => (
    <Link
      key={page}
      href={addressOf(page)}
      className="shell-link"
      aria-current={isCurrent(page, location) ? "page" : undefined}
    >
      {words.shell.pages[page]}
    </Link>
  ));
}

function isCurrent(page: PageName, location: string): boolean {
  if (page === "review") return location === "/" || location.startsWith("/hits/");
  return location.startsWith(addressOf(page));
}

function PhoneMenu({ user }: { readonly user: User }) {
  const words = useWords();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button
        className="shell-burger"
        type="text"
        icon={<MenuOutlined aria-hidden />}
        aria-label={words.shell.menu}
        onClick={() => setIsOpen(true)}
      />
      <Drawer placement="left" size={260} open={isOpen} onClose={() => setIsOpen(false)} title={words.shell.product}>
        <nav className="shell-drawer" aria-label={words.shell.menu} onClickCapture={() => setIsOpen(false)}>
          <PageLinks user={user} />
        </nav>
      </Drawer>
    </>
  );
}
